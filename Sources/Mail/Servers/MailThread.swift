import CCurl
import Foundation
import Synchronization

/// Threads for calls that block.
enum MailThread {
  static func start(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread {
      // A peer that closes while TLS writes to it raises the signal in this thread, which would end the
      // process.
      var signals = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &signals, nil)
      body()
    }
    thread.name = "mail"
    thread.start()
  }
}

/// A libcurl multi handle that any thread may wake; one thread alone does anything else with it.
final class MailWake: Sendable {
  // curl_multi_wakeup is the one function that libcurl allows from any thread; the rest happens on one.
  nonisolated(unsafe) let multi: UnsafeMutableRawPointer
  private let cancelled = Atomic(false)

  init() throws(MailError) {
    guard Self.isLibraryReady, let multi = curl_multi_init() else {
      throw MailError(code: .internalFailure, message: "libcurl does not initialise")
    }
    self.multi = multi
  }

  deinit { curl_multi_cleanup(multi) }

  var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

  func cancel() {
    cancelled.store(true, ordering: .releasing)
    curl_multi_wakeup(multi)
  }

  private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}
