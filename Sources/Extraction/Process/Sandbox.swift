import CSeccomp
import Foundation

/// Shuts the calling process in, for good: bounded time, memory and output; no network, no other program, no
/// change to any file.
enum Sandbox {
  static func enter(_ limits: ExtractionLimits) throws(ExtractionError) {
    limit(RLIMIT_CPU, limits.processorSeconds)
    limit(RLIMIT_AS, limits.memory)
    limit(RLIMIT_FSIZE, 0)
    limit(RLIMIT_CORE, 0)
    // When the parent is gone, nobody wants the result.
    cseccomp_die_with_parent()
    try refuseCalls()
  }

  /// The calling thread, and what it starts, is refused whatever reaches beyond its own memory.
  static func refuseCalls() throws(ExtractionError) {
    guard let filter = cseccomp_filter() else {
      throw ExtractionError(.unavailable, "the kernel offers no system call filter")
    }
    defer { seccomp_release(filter) }
    var failures = refused.map { cseccomp_refuse(filter, $0) }
    for flag in [O_WRONLY, O_RDWR, O_CREAT, O_TRUNC] {
      failures.append(cseccomp_refuse_bits(filter, "open", 1, flag))
      failures.append(cseccomp_refuse_bits(filter, "openat", 2, flag))
    }
    guard failures.allSatisfy({ $0 == 0 }), seccomp_load(filter) == 0 else {
      throw ExtractionError(.unavailable, "the system call filter cannot be set")
    }
  }

  private static func limit(_ resource: __rlimit_resource, _ value: Int) {
    var bound = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
    setrlimit(__rlimit_resource_t(resource.rawValue), &bound)
  }

  private static let refused = [
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg", "execve",
    "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "kill", "tkill",
    "pidfd_open",
    "creat", "openat2", "truncate", "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir",
    "mkdirat",
    "rmdir", "link", "linkat", "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "chown", "fchown",
    "lchown",
    "fchownat", "mknod", "mknodat", "mount", "umount2", "chroot", "setns", "unshare", "bpf", "io_uring_setup",
    "keyctl", "add_key", "request_key", "setxattr", "fsetxattr", "lsetxattr", "utimensat", "shmget", "msgget",
  ]
}
