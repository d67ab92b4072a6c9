/// HTTP/1.1 and HTTP/2 over libcurl, for any number of callers, on one thread of its own.
///
/// - Each request is sent at most once: nothing is repeated behind the caller's back, not even on a kept
///   connection that the server closed (`Transfer.preRequest` says how).
/// - TLS certificates are verified; only `http` and `https` are spoken; redirects are not followed.
/// - Cancelling the calling task aborts the transfer.
/// - `http_proxy`, `https_proxy` and `no_proxy` of the environment are honoured.
package final class HTTPClient: Sendable {
  private let loop: TransferLoop
  private let limits: HTTPClientLimits

  /// - Parameter certificateAuthorities: a PEM file to trust instead of the system's, for a private authority.
  package init(limits: HTTPClientLimits = HTTPClientLimits(), certificateAuthorities: String? = nil) {
    self.limits = limits
    self.loop = TransferLoop(limits: limits, certificateAuthorities: certificateAuthorities)
  }

  package convenience init(maximumConcurrentRequests: Int) {
    self.init(limits: HTTPClientLimits(maximumConcurrentRequests: maximumConcurrentRequests))
  }

  deinit {
    loop.stop()
  }

  /// Sends the request and collects the whole response.
  package func send(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPResponse {
    let id = loop.nextID()
    let response = CollectedResponse()
    try loop.submit(PreparedRequest(id: id, request, receiver: response))
    return try await withTaskCancellationHandler {
      await response.result()
    } onCancel: {
      loop.cancel(id)
    }.get()
  }

  /// Sends the request and hands over the body piece by piece, as it arrives.
  ///
  /// The transfer is paused while the consumer is slow, so memory stays within `streamBufferBytes`; the request's
  /// `timeout` goes on running. It is aborted when `consume` returns or throws before the end of the body.
  /// - Parameter consume: called once, when the head is there; `chunks` is for one reader and not to be kept.
  package nonisolated(nonsending) func stream<R>(
    _ request: HTTPRequest,
    _ consume: (_ head: HTTPResponseHead, _ chunks: BodyChunks) async throws -> R
  ) async throws -> R {
    let id = loop.nextID()
    let loop = loop
    let response = StreamedResponse(capacity: limits.streamBufferBytes) { loop.resume(id) }
    try loop.submit(PreparedRequest(id: id, request, receiver: response))
    // Nothing happens when the transfer is over by then.
    defer { loop.cancel(id) }
    return try await withTaskCancellationHandler {
      let head = try await response.head().get()
      return try await consume(head, BodyChunks(response: response))
    } onCancel: {
      loop.cancel(id)
    }
  }

  /// Fails what is running or waiting with `shutDown`, and every later request. Does not wait for the thread.
  package func shutdown() {
    loop.stop()
  }
}
