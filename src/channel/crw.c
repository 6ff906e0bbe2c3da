/* SPDX-License-Identifier: Apache-2.0
 *
 * Channel-report words: a bounded queue; when it runs over, the next word says so (R).
 *
 * References: [PoP 17 I/O Support Functions: Channel-Subsystem Recovery].
 */
#include "channel/subchannel.h"

void css_report(struct css *css, u16 flags, u16 rsid)
{
    if (css->ncrws == CSS_MAX_CRWS) {
        css->crw_lost = true;
        return;
    }
    if (css->crw_lost)
        flags |= CRW_R;
    css->crw_lost = false;
    css->crw[(css->first_crw + css->ncrws++) % CSS_MAX_CRWS] =
        (struct crw){be16_of(flags), be16_of(rsid)};
    (void)hv_inject_crw(css->vm);
}

void css_report_ap_change(struct css *css)
{
    pthread_mutex_lock(&css->lock);
    css->ap_changed = true;
    css_report(css, CRW_RSC_CSS | CRW_ERC_EVENT, 0);
    pthread_mutex_unlock(&css->lock);
}

bool css_take_report(struct css *css, struct crw *crw)
{
    *crw = (struct crw){0};
    if (!css->ncrws)
        return false;
    *crw = css->crw[css->first_crw];
    css->first_crw = (css->first_crw + 1) % CSS_MAX_CRWS;
    css->ncrws--;
    return true;
}

void css_return_report(struct css *css, const struct crw *crw)
{
    if (css->ncrws == CSS_MAX_CRWS) {
        css->crw_lost = true;
        return;
    }
    css->first_crw = (css->first_crw + CSS_MAX_CRWS - 1) % CSS_MAX_CRWS;
    css->crw[css->first_crw] = *crw;
    css->ncrws++;
}
