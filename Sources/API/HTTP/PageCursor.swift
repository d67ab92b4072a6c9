import Contracts
import Foundation

/// Where a page of a list ended: the sort key of its last row. Opaque to callers, who only hand it back.
struct PageCursor: Sendable, Equatable {
  let time: Date
  let id: UUID

  init(time: Date, id: UUID) {
    self.time = time
    self.id = id
  }

  init?(_ text: String) {
    guard let bytes = Base64URL.decode(Array(text.utf8)), bytes.count == 24, let id = UUID(bytes: bytes[8...])
    else { return nil }
    let microseconds = bytes[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    self.init(time: Date(microseconds: Int64(bitPattern: microseconds)), id: id)
  }

  var text: String {
    let microseconds = withUnsafeBytes(of: time.microseconds.bigEndian) { Array($0) }
    return String(decoding: Base64URL.encode(microseconds + id.bytes), as: UTF8.self)
  }

  static func parse(_ text: String?) throws(Problem) -> PageCursor? {
    guard let text else { return nil }
    guard let cursor = PageCursor(text) else {
      throw Problem(.invalidParameter, "after is not a cursor that this API gave")
    }
    return cursor
  }
}

/// A page of a list, with the cursor of the next one; null at the end.
struct Page<Item: Encodable & Sendable>: Encodable, Sendable {
  let items: [Item]
  let next: String?

  enum CodingKeys: String, CodingKey { case items, next }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(items, forKey: .items)
    try container.encode(next, forKey: .next)
  }
}
