import Synchronization

/// Gathers a response until it is whole.
final class CollectedResponse: ResponseReceiver {
  private struct State {
    var head: HTTPResponseHead?
    var body: [UInt8] = []
    var result: Result<HTTPResponse, HTTPClientError>?
    var waiter: CheckedContinuation<Result<HTTPResponse, HTTPClientError>, Never>?
  }

  private let state = Mutex(State())

  /// Waits for the end of the transfer; called once.
  func result() async -> Result<HTTPResponse, HTTPClientError> {
    await withCheckedContinuation { continuation in
      let result = state.withLock { state in
        if state.result == nil { state.waiter = continuation }
        return state.result
      }
      if let result { continuation.resume(returning: result) }
    }
  }

  func receive(head: HTTPResponseHead) {
    state.withLock { $0.head = head }
  }

  func receive(chunk: UnsafeRawBufferPointer) -> Bool {
    state.withLock { $0.body.append(contentsOf: chunk) }
    return true
  }

  func finish(_ error: HTTPClientError?) {
    let (result, waiter) = state.withLock { state in
      let result = Self.result(state, error)
      state.result = result
      defer { state.waiter = nil }
      return (result, state.waiter)
    }
    waiter?.resume(returning: result)
  }

  private static func result(
    _ state: State, _ error: HTTPClientError?
  ) -> Result<HTTPResponse, HTTPClientError> {
    if let error { return .failure(error) }
    guard let head = state.head else { return .failure(.withoutHead) }
    return .success(HTTPResponse(status: head.status, headers: head.headers, body: state.body))
  }
}

extension HTTPClientError {
  /// libcurl called the transfer complete without a response head.
  static let withoutHead = HTTPClientError(
    code: .malformedResponse, message: "the response has no head", requestWasNotSent: false)
}
