# reports.sh: owns which lines of a kernel's log are reports of a fault.
#
# Injected faults and failed allocations print traces too, and are none.
# shellcheck shell=bash disable=SC2034

guest_reports='BUG:|BUG [a-zA-Z]|KASAN:|Oops|general protection fault|Kernel panic|Kernel mode fault'
guest_reports+='|WARNING: (CPU|possible|inconsistent|suspicious|bad|held|lock|Nested|[a-z ]*lock)|DEBUG_LOCKS_WARN_ON'
guest_reports+='|INFO: task .* blocked|rcu.*(stall|self-detected)|hung_task'
guest_reports+='|refcount_t:|UBSAN:|ODEBUG:|ref_tracker: .* leaked|unregister_netdevice: waiting'
