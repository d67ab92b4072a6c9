/// Where a transfer puts its response. Called on the loop's thread, in order: head, chunks, finish.
///
/// `finish` is called exactly once, and nothing after it; none of the calls may block.
protocol ResponseReceiver: Sendable {
  func receive(head: HTTPResponseHead)
  /// Returns false to refuse the bytes and pause the transfer; they are offered again once it is resumed.
  func receive(chunk: UnsafeRawBufferPointer) -> Bool
  /// - Parameter error: nil when the response is whole.
  func finish(_ error: HTTPClientError?)
}
