/* SPDX-License-Identifier: Apache-2.0
 *
 * SIGNAL PROCESSOR: order codes, condition codes and status bits.
 *
 * References: [PoP 4 Control: CPU Signaling and Response], [PoP 10 SIGNAL PROCESSOR].
 */
#ifndef SIE390_ARCH_SIGP_H
#define SIE390_ARCH_SIGP_H

enum sigp_order {
    SIGP_SENSE = 0x01,
    SIGP_EXTERNAL_CALL = 0x02,
    SIGP_EMERGENCY_SIGNAL = 0x03,
    SIGP_START = 0x04,
    SIGP_STOP = 0x05,
    SIGP_RESTART = 0x06,
    SIGP_STOP_STORE_STATUS = 0x09,
    SIGP_INITIAL_CPU_RESET = 0x0b,
    SIGP_CPU_RESET = 0x0c,
    SIGP_SET_PREFIX = 0x0d,
    SIGP_STORE_STATUS = 0x0e, /* at the address of the parameter */
    SIGP_SET_ARCHITECTURE = 0x12,
    SIGP_COND_EMERGENCY = 0x13, /* conditional emergency signal */
    SIGP_SENSE_RUNNING = 0x15,
    SIGP_SET_MULTITHREADING = 0x16,
    SIGP_STORE_ADDTL_STATUS = 0x17, /* store additional status at the address of the parameter */
};

#define SIGP_CC_ACCEPTED 0
#define SIGP_CC_STATUS 1 /* status stored in the right half of R1 */
#define SIGP_CC_BUSY 2
#define SIGP_CC_NOT_OPERATIONAL 3

#define SIGP_STATUS_EQUIPMENT_CHECK 0x80000000U
#define SIGP_STATUS_NOT_RUNNING 0x00000400U
#define SIGP_STATUS_INCORRECT_STATE 0x00000200U
#define SIGP_STATUS_INVALID_PARAMETER 0x00000100U
#define SIGP_STATUS_EXT_CALL_PENDING 0x00000080U
#define SIGP_STATUS_STOPPED 0x00000040U
#define SIGP_STATUS_OPERATOR 0x00000020U /* operator intervening */
#define SIGP_STATUS_CHECK_STOP 0x00000010U
#define SIGP_STATUS_INOPERATIVE 0x00000004U
#define SIGP_STATUS_INVALID_ORDER 0x00000002U
#define SIGP_STATUS_RECEIVER_CHECK 0x00000001U

#define SIGP_ORDER_MASK 0xffU        /* of the second-operand address */
#define SIGP_PREFIX_MASK 0x7fffe000U /* of the parameter of SIGP_SET_PREFIX */
#define SIGP_STATUS_ADDR 0x7ffffe00U /* of the parameter of SIGP_STORE_STATUS */

#endif
