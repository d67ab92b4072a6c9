import Contracts
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import Postgres

/// A change that a caller asks for. With an `Idempotency-Key` its ids follow from the key, so that a
/// repetition appends the same event ids, which change nothing, and gets the same answer.
struct Command: Sendable {
  let caller: Caller
  let traceparent: String
  let time = Date()
  /// What all ids of this command follow from.
  private let base: UUID

  init(_ request: Request, _ context: APIContext, _ caller: Caller) throws(Problem) {
    self.caller = caller
    traceparent = context.traceparent
    guard let key = request.headers[.idempotencyKey] else {
      base = UUID.version7()
      return
    }
    guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw Problem(.invalidParameter, "Idempotency-Key must be 1 to 255 visible ASCII characters")
    }
    base = UUID.version5(
      of: "\(request.method) \(request.uri.path)\n\(key)", in: caller.tenant.uuid)
  }

  /// An id of what this command makes.
  func id<Subject>(_ what: String, _ type: ID<Subject>.Type = ID<Subject>.self) -> ID<Subject> {
    ID(UUID.version5(of: what, in: base))
  }

  func event<Spec: EventSpec>(
    _ spec: Spec.Type, key: StreamID, _ facts: Spec.Facts, private content: Spec.Private? = nil,
    sealedWith sealing: SealingKey? = nil, id: EventID? = nil
  ) throws -> Event {
    let first = self.id("first", EventID.self)
    return Event(
      id: id ?? self.id(Spec.type.rawValue), type: Spec.type, topic: Spec.topic, key: key,
      tenant: caller.tenant, time: time, source: "/api", correlation: first, traceparent: traceparent,
      value: try Spec.value(facts, private: content, sealedWith: sealing))
  }
}

/// The longest texts that commands take, in characters.
enum CommandBounds {
  static let body = 5 << 20
  static let message = 10_000
  static let name = 200
  static let instructions = 100_000

  static func check(_ text: String, _ name: String, atMost bound: Int) throws(Problem) {
    guard !text.allSatisfy(\.isWhitespace) else { throw Problem(.invalidContent, "\(name) is empty") }
    guard text.unicodeScalars.count <= bound else {
      throw Problem(.invalidContent, "\(name) has more than \(bound) characters")
    }
    guard !text.utf8.contains(0) else { throw Problem(.invalidContent, "\(name) holds the character u+0000") }
  }
}
