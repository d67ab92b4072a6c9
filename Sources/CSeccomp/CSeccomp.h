// libseccomp as Swift sees it: what is a macro there is a function here.
#pragma once

#include <errno.h>
#include <stddef.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

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

// Hidden likewise.
extern void closefrom(int from);

static inline void cseccomp_close_all_from(int from) { closefrom(from); }

// Swift hides it: only a process without other threads may.
static inline pid_t cseccomp_fork(void) { return fork(); }

// A descriptor that can be read once a child has ended, in place of the signal.
static inline int cseccomp_ended_children(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, NULL);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static inline void cseccomp_unblock_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigprocmask(SIG_SETMASK, &set, NULL);
}

enum { CSECCOMP_DESCRIPTORS = 3 };

// Sends a message with three open files (unix(7), SCM_RIGHTS). 0, or the error.
static inline int cseccomp_send(int socket, const char *text, size_t length, const int *descriptors) {
  char space[CMSG_SPACE(sizeof(int) * CSECCOMP_DESCRIPTORS)] = {0};
  struct iovec part = {.iov_base = (void *)text, .iov_len = length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int) * CSECCOMP_DESCRIPTORS);
  memcpy(CMSG_DATA(rights), descriptors, sizeof(int) * CSECCOMP_DESCRIPTORS);
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

// Receives one; the text's length, 0 at the end, below that without all three files.
static inline ssize_t cseccomp_receive(int socket, char *text, size_t size, int *descriptors) {
  char space[CMSG_SPACE(sizeof(int) * CSECCOMP_DESCRIPTORS)];
  struct iovec part = {.iov_base = text, .iov_len = size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
  ssize_t count;
  do count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (count < 0 && errno == EINTR);
  if (count <= 0) return count;
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  if (!rights || rights->cmsg_type != SCM_RIGHTS || rights->cmsg_len != CMSG_LEN(sizeof(int) * CSECCOMP_DESCRIPTORS))
    return -1;
  memcpy(descriptors, CMSG_DATA(rights), sizeof(int) * CSECCOMP_DESCRIPTORS);
  return count;
}
