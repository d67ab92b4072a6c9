import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Synchronization

/// Reads request bodies, each within its own bound and all together within one, so that many large bodies
/// cannot fill memory. A body is refused as soon as it passes a bound.
final class RequestBytes: Sendable {
  /// Bodies under way hold at most this many bytes.
  private let maximumTogether: Int
  private let held = Atomic<Int>(0)

  init(maximumTogether: Int = 256 << 20) { self.maximumTogether = maximumTogether }

  func read(_ request: Request, atMost bound: Int) async throws -> [UInt8] {
    let tooLarge = Problem(.bodyTooLarge, "the body has more than \(bound) bytes")
    if let declared = request.headers[.contentLength].flatMap({ Int($0) }), declared > bound {
      throw tooLarge
    }
    var taken = 0
    defer { held.wrappingSubtract(taken, ordering: .relaxed) }
    var bytes: [UInt8] = []
    for try await chunk in request.body {
      guard bytes.count + chunk.readableBytes <= bound else { throw tooLarge }
      taken += chunk.readableBytes
      let together = held.wrappingAdd(chunk.readableBytes, ordering: .relaxed).newValue
      guard together <= maximumTogether else {
        throw Problem(.overloaded, "too many bodies are being read; try again later")
      }
      bytes.append(contentsOf: chunk.readableBytesView)
    }
    return bytes
  }
}
