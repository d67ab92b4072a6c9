/// A model that answers a chat.
///
/// Any number of answers may be under way at once; cancelling the calling task gives one up. A call that fails may
/// have been carried out and charged: asking a model is repeatable, not free.
package protocol ChatModel: Sendable {
  /// Answers as a stream.
  /// - Parameter onToken: called in order, never concurrently, with each piece of text as it arrives; the pieces
  ///   together are the answer's text. It must not block. After a failure the pieces are void.
  func answer(
    _ request: ChatRequest, onToken: @escaping @Sendable (String) -> Void
  ) async throws(ModelError) -> ChatAnswer
}
