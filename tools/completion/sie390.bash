# SPDX-License-Identifier: Apache-2.0
#
# Completion of sie390 for bash. Options come from the subcommand's own --help, so there is no
# second list of them here.

_sie390_options() {
    "$1" "$2" --help 2>/dev/null | grep -o -- '^  \(-[a-z], \)\?--[a-z0-9-]*' | grep -o -- '--.*'
}

_sie390_files_with() {
    local IFS=$'\n'
    compopt -o filenames
    COMPREPLY=($(compgen -f -- "$1"))
}

_sie390() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]}

    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "run ctl stat disasm explain list version --help" -- "$cur"))
        return
    fi
    case $prev in
    --kernel | --initrd | --load | --disk | --control | --dump-on-wait)
        _sie390_files_with "$cur"
        return
        ;;
    --cpu)
        COMPREPLY=($(compgen -W "$("$program" list cpus 2>/dev/null | cut -d' ' -f1)" -- "$cur"))
        return
        ;;
    --net)
        COMPREPLY=($(compgen -W "none user user,hostfwd=tcp: tap=" -- "$cur"))
        compopt -o nospace
        return
        ;;
    --console)
        COMPREPLY=($(compgen -W "stdio none pty file: unix: fd:" -- "$cur"))
        compopt -o nospace
        return
        ;;
    --gdb)
        COMPREPLY=($(compgen -W "stdio unix:" -- "$cur"))
        return
        ;;
    --trace)
        COMPREPLY=($(compgen -W "icpt irq sigp sclp css virtio ap machine all" -- "$cur"))
        return
        ;;
    --watchdog-action)
        COMPREPLY=($(compgen -W "restart poweroff nmi pause none" -- "$cur"))
        return
        ;;
    -c | --cpus)
        COMPREPLY=($(compgen -W "1 2 4 8 16" -- "$cur"))
        [ -z "${cur##*,*}" ] && [ -n "$cur" ] &&
            COMPREPLY=($(compgen -P "${cur%,*}," -W "standby= max= drawers= books= sockets= cores=" -- "${cur##*,}"))
        compopt -o nospace
        return
        ;;
    --ap)
        COMPREPLY=($(compgen -W "none adapter= type=" -- "$cur"))
        [ -z "${cur##*,*}" ] && [ -n "$cur" ] &&
            COMPREPLY=($(compgen -P "${cur%,*}," -W "adapter= type=accel type=cca type=ep11 domains=" -- "${cur##*,}"))
        compopt -o nospace
        return
        ;;
    --gisa | --cmma)
        COMPREPLY=($(compgen -W "on off" -- "$cur"))
        return
        ;;
    --engine)
        COMPREPLY=($(compgen -W "interp" -- "$cur"))
        return
        ;;
    esac
    case $command in
    run)
        COMPREPLY=($(compgen -W "$(_sie390_options "$program" run)" -- "$cur"))
        ;;
    ctl)
        if [ "$COMP_CWORD" -eq 2 ]; then
            _sie390_files_with "$cur"
        elif [ "$COMP_CWORD" -gt 3 ] && [ "${COMP_WORDS[3]}" = ap ]; then
            COMPREPLY=($(compgen -W "list plug unplug domain-add domain-remove config checkstop" -- "$cur"))
        else
            COMPREPLY=($(compgen -W "status stop continue quiesce quit cpu cpus ap statistics events" -- "$cur"))
        fi
        ;;
    stat)
        case $cur in
        -*) COMPREPLY=($(compgen -W "$(_sie390_options "$program" stat)" -- "$cur")) ;;
        *) _sie390_files_with "$cur" ;;
        esac
        ;;
    disasm)
        case $cur in
        -*) COMPREPLY=($(compgen -W "$(_sie390_options "$program" disasm)" -- "$cur")) ;;
        *) _sie390_files_with "$cur" ;;
        esac
        ;;
    list)
        COMPREPLY=($(compgen -W "facilities cpus instructions" -- "$cur"))
        ;;
    explain)
        COMPREPLY=($(compgen -W "$("$program" list instructions 2>/dev/null | cut -d' ' -f1)" \
            -- "${cur^^}"))
        ;;
    esac
}

complete -F _sie390 sie390
