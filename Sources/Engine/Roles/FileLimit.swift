import Foundation

/// How many files and sockets this process may hold open.
enum FileLimit {
  /// Raises it as far as the system allows: each visitor who is connected takes one, and many systems begin with
  /// 1,024 although they allow far more.
  static func raise() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
  }
}
