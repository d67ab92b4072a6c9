/// The body of a streamed response, for one reader.
///
/// Each element is everything that arrived since the last one, never empty. Throws `HTTPClientError` when the
/// transfer breaks off, so the end of the sequence is the end of the body.
package struct BodyChunks: AsyncSequence, Sendable {
  package typealias Element = [UInt8]
  package typealias Failure = HTTPClientError

  let response: StreamedResponse

  package func makeAsyncIterator() -> Iterator {
    Iterator(response: response)
  }

  package struct Iterator: AsyncIteratorProtocol {
    let response: StreamedResponse

    package mutating func next() async throws(HTTPClientError) -> [UInt8]? {
      try await response.next().get()
    }

    package mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(HTTPClientError) -> [UInt8]? {
      try await response.next().get()
    }
  }
}
