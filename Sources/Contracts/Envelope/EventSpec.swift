import FoundationEssentials
import JSON

/// What one type of event holds: one conforming enum per schema file.
package protocol EventSpec: SendableMetatype {
  associatedtype Facts: Codable & Sendable & Equatable
  associatedtype Private: Codable & Sendable & Equatable
  static var type: EventType { get }
  static var topic: Topic { get }
}

/// The `private` of an event that holds no personal data.
package struct Nothing: Codable, Sendable, Equatable {
  package init() {}
}

/// The value of an event of a known type, its private part still sealed.
package struct EventValue<Spec: EventSpec>: Codable, Sendable {
  package let facts: Spec.Facts
  /// A compact JWE.
  package let `private`: String?
}

extension EventSpec {
  /// The bytes of a value whose private part, when there is one, is sealed under `key`.
  package static func value(
    _ facts: Facts, private content: Private? = nil, sealedWith key: SealingKey? = nil
  ) throws -> [UInt8] {
    var sealed: String?
    if let content, Private.self != Nothing.self {
      guard let key else { throw EventError.privateWithoutKey(type) }
      sealed = String(decoding: try JWE.seal(JSON.encode(content), with: key), as: UTF8.self)
    }
    return try JSON.encode(EventValue<Self>(facts: facts, private: sealed))
  }

  package static func read(_ event: Event) throws -> EventValue<Self> {
    guard event.type == type else { throw EventError.unexpectedType(event.type, expected: type) }
    if let known = event.decoded.get(as: EventValue<Self>.self) { return known }
    do {
      let value = try JSON.decode(EventValue<Self>.self, from: event.value)
      event.decoded.set(value)
      return value
    } catch {
      throw EventError.malformedValue(event.id, "\(error)")
    }
  }
}

extension EventValue {
  /// The private part in clear; nil when there is none.
  package func opened(with key: SealingKey) throws -> Spec.Private? {
    guard let sealed = self.private else { return nil }
    return try JSON.decode(Spec.Private.self, from: JWE.open(sealed, with: key))
  }

  package var keyID: KeyID? {
    get throws(SealingError) {
      guard let sealed = self.private else { return nil }
      return try JWE.keyID(of: sealed)
    }
  }
}

package enum EventError: Error, Equatable {
  case privateWithoutKey(EventType)
  case unexpectedType(EventType, expected: EventType)
  case malformedValue(EventID, String)
  /// A header that must be there is absent or cannot be read.
  case malformedHeader(String)
}
