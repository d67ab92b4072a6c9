import CCurl

/// The requests of a client, waiting and running; confined to the loop's thread.
struct TransferTable {
  private let multi: UnsafeMutableRawPointer
  private let sockets: SocketWatch
  private let certificateAuthorities: String?
  private let inbox: Inbox
  private var admission: Admission
  private var waiting: [PreparedRequest.ID: PreparedRequest] = [:]
  private var running: [PreparedRequest.ID: Transfer] = [:]
  /// Not later than the first deadline among the waiting.
  private var nextExpiry: ContinuousClock.Instant?

  init(
    multi: UnsafeMutableRawPointer, sockets: SocketWatch, limits: HTTPClientLimits,
    certificateAuthorities: String?, inbox: Inbox
  ) {
    self.multi = multi
    self.sockets = sockets
    self.certificateAuthorities = certificateAuthorities
    self.inbox = inbox
    self.admission = Admission(
      maximum: limits.maximumConcurrentRequests, maximumPerHost: limits.maximumConcurrentRequestsPerHost)
    // Connections kept for reuse; libcurl closes the oldest beyond it.
    _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, limits.maximumConcurrentRequests)
  }

  /// Works until the inbox is stopped, then fails all that is left.
  mutating func run() {
    while true {
      let (commands, isStopped) = inbox.take()
      for command in commands { apply(command) }
      if isStopped { break }
      step()
      sockets.wait(atMost: millisecondsToWait())
    }
    for id in Array(waiting.keys) { giveUpWaiting(id, .shutDown(wasNotSent: true)) }
    for id in Array(running.keys) { abort(id) { .shutDown(wasNotSent: $0) } }
  }

  private mutating func apply(_ command: Inbox.Command) {
    switch command {
    case .start(let request):
      waiting[request.id] = request
      admission.arrive(request.id, host: request.host)
      nextExpiry = min(nextExpiry ?? request.deadline, request.deadline)
    case .cancel(let id):
      giveUpWaiting(id, .cancelled(wasNotSent: true))
      abort(id) { .cancelled(wasNotSent: $0) }
    case .resume(let id):
      running[id]?.resume()
    }
  }

  /// Moves everything as far as it goes without blocking.
  private mutating func step() {
    expireWaiting()
    admitWaiting()
    sockets.runTimers()
    while collectFinished() {
      // Slots came free: start their successors now instead of after the next wait.
      if !admitWaiting() { break }
      sockets.runTimers()
    }
  }

  /// Returns whether any request was started.
  @discardableResult
  private mutating func admitWaiting() -> Bool {
    var isAny = false
    while let id = admission.admit(), let request = waiting.removeValue(forKey: id) {
      switch Transfer.make(request, certificateAuthorities: certificateAuthorities) {
      case .success(let transfer):
        running[id] = transfer
        _ = curl_multi_add_handle(multi, transfer.easy)
      case .failure(let error):
        admission.leave(request.host)
        finish(request, error)
      }
      isAny = true
    }
    return isAny
  }

  /// Hands over the results of transfers that libcurl calls done; returns whether there were any.
  private mutating func collectFinished() -> Bool {
    var isAny = false
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      let result = ccurl_message_result(message)
      guard let transfer = Transfer.of(easy: easy) else { continue }
      remove(transfer)
      finish(transfer.request, transfer.error(of: result))
      isAny = true
    }
    return isAny
  }

  private mutating func remove(_ transfer: Transfer) {
    running[transfer.request.id] = nil
    _ = curl_multi_remove_handle(multi, transfer.easy)
    admission.leave(transfer.request.host)
  }

  /// - Parameter error: made from whether it is certain that nothing was sent.
  private mutating func abort(_ id: PreparedRequest.ID, _ error: (Bool) -> HTTPClientError) {
    guard let transfer = running[id] else { return }
    remove(transfer)
    finish(transfer.request, error(!transfer.mayHaveBeenSent))
  }

  private mutating func giveUpWaiting(_ id: PreparedRequest.ID, _ error: HTTPClientError) {
    guard let request = waiting.removeValue(forKey: id) else { return }
    admission.withdraw(id, host: request.host)
    finish(request, error)
  }

  private func finish(_ request: PreparedRequest, _ error: HTTPClientError?) {
    inbox.finished()
    request.receiver.finish(error)
  }

  private mutating func expireWaiting() {
    let now = ContinuousClock.now
    guard let nextExpiry, nextExpiry <= now else { return }
    for request in waiting.values.filter({ $0.deadline <= now }) {
      giveUpWaiting(
        request.id,
        HTTPClientError(
          code: .timeout, message: "no slot was free within \(request.request.timeout)",
          requestWasNotSent: true))
    }
    self.nextExpiry = waiting.values.map(\.deadline).min()
  }

  private func millisecondsToWait() -> Int32 {
    guard let nextExpiry else { return 10_000 }
    return Int32(clamping: min((nextExpiry - .now).milliseconds, 10_000))
  }
}

extension HTTPClientError {
  static func cancelled(wasNotSent: Bool) -> Self {
    Self(code: .cancelled, message: "the request was cancelled", requestWasNotSent: wasNotSent)
  }
}

extension Duration {
  /// Rounded up, at least 1: libcurl reads 0 as no limit.
  var milliseconds: Int {
    let (seconds, attoseconds) = components
    guard seconds < 1_000_000 else { return 1_000_000_000 }
    return max(1, Int(seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
  }
}
