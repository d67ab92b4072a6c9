import CCurl
import Foundation
import Synchronization

/// One thread that runs all transfers of a client through a libcurl multi handle.
///
/// The thread owns every libcurl handle; callers reach it through the inbox alone. It ends after `stop`, and
/// frees what it owns by itself: joining it could block on a name lookup that the system has not given up yet.
final class TransferLoop: Sendable {
  private let inbox: Inbox
  private let lastID = Atomic<PreparedRequest.ID>(0)

  init(limits: HTTPClientLimits, certificateAuthorities: String?) {
    precondition(Self.isLibraryReady, "libcurl does not initialise")
    let bell = Bell()
    let inbox = Inbox(
      bell: bell, capacity: limits.maximumConcurrentRequests + limits.maximumWaitingRequests)
    self.inbox = inbox
    let thread = Thread {
      Self.blockBrokenPipeSignal()
      guard let multi = curl_multi_init() else { preconditionFailure("libcurl is out of memory") }
      let sockets = SocketWatch(multi, bell: bell)
      var table = TransferTable(
        multi: multi, sockets: sockets, limits: limits, certificateAuthorities: certificateAuthorities,
        inbox: inbox)
      table.run()
      inbox.close()
      withExtendedLifetime(sockets) { _ = curl_multi_cleanup(multi) }
      bell.close()
    }
    thread.name = "http-client"
    thread.start()
  }

  func nextID() -> PreparedRequest.ID {
    lastID.add(1, ordering: .relaxed).newValue
  }

  func submit(_ request: PreparedRequest) throws(HTTPClientError) {
    try inbox.submit(request)
  }

  func cancel(_ id: PreparedRequest.ID) {
    inbox.post(.cancel(id))
  }

  func resume(_ id: PreparedRequest.ID) {
    inbox.post(.resume(id))
  }

  func stop() {
    inbox.stop()
  }

  private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// A peer that closes while TLS writes to it raises the signal in this thread, which would end the process.
  private static func blockBrokenPipeSignal() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }
}
