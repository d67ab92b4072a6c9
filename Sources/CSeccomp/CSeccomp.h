// libseccomp as Swift sees it: what is a macro there is a function here.
#pragma once

#include <errno.h>
#include <stddef.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>

// A filter that lets everything pass but what is refused; NULL where the kernel has none.
static inline scmp_filter_ctx cseccomp_filter(void) { return seccomp_init(SCMP_ACT_ALLOW); }

// A call of this name fails with EPERM. Names that this machine does not know are passed over.
static inline int cseccomp_refuse(scmp_filter_ctx filter, const char *name) {
  int number = seccomp_syscall_resolve_name(name);
  return number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), number, 0, NULL);
}

// A call fails with EPERM when its argument, counted from 0, has the bits of `mask`.
static inline int cseccomp_refuse_bits(scmp_filter_ctx filter, const char *name, unsigned argument, int mask) {
  int number = seccomp_syscall_resolve_name(name);
  struct scmp_arg_cmp bits = SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, mask);
  return number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), number, 1, &bits);
}

// A variadic call.
static inline void cseccomp_die_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL); }

// Of glibc 2.34, but hidden from those who do not ask for its extensions before anything else.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

static inline int cseccomp_close_from(posix_spawn_file_actions_t *actions, int from) {
  return posix_spawn_file_actions_addclosefrom_np(actions, from);
}
