import FoundationEssentials

/// Bytes in Postgres's binary wire format. `put` writes a bare value, `putField` one with its 4-byte length
/// in front, as arrays and COPY want it; a nil field is the length -1.
package struct BinaryBuffer: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  /// Of bytes that are in this format already.
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  package mutating func put(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }
  package mutating func put(_ value: [UInt8]) { bytes.append(contentsOf: value) }
  package mutating func put(_ value: String) { bytes.append(contentsOf: value.utf8) }
  package mutating func put(_ value: UUID) {
    withUnsafeBytes(of: value.uuid) { bytes.append(contentsOf: $0) }
  }
  package mutating func put(_ value: Date) { put(value.postgresMicroseconds) }

  package mutating func putNull() { put(Int32(-1)) }

  package mutating func putField(_ value: some FixedWidthInteger) {
    put(Int32(value.bitWidth / 8))
    put(value)
  }
  package mutating func putField(_ value: [UInt8]?) {
    guard let value else { return putNull() }
    put(Int32(value.count))
    put(value)
  }
  package mutating func putField(_ value: String?) {
    guard let value else { return putNull() }
    put(Int32(value.utf8.count))
    put(value)
  }
  package mutating func putField(_ value: UUID?) {
    guard let value else { return putNull() }
    put(Int32(16))
    put(value)
  }
  package mutating func putField(_ value: Date?) {
    guard let value else { return putNull() }
    put(Int32(8))
    put(value)
  }
  /// A `jsonb` field from its UTF-8 text.
  package mutating func putJSONField(_ text: [UInt8]?) {
    guard let text else { return putNull() }
    put(Int32(text.count + 1))
    put(UInt8(1))
    put(text)
  }

  mutating func putArray<Element>(
    of oid: Int32, _ elements: [Element], _ putElement: (inout BinaryBuffer, Element) -> Void
  ) {
    put(Int32(1))  // dimensions
    put(Int32(1))  // may hold nulls
    put(oid)
    put(Int32(elements.count))
    put(Int32(1))  // lower bound
    for element in elements { putElement(&self, element) }
  }
}

extension Date {
  /// Seconds from 1970 to Postgres's epoch, 2000-01-01.
  private static let postgresEpoch: Int64 = 946_684_800

  var postgresMicroseconds: Int64 {
    Int64((timeIntervalSince1970 * 1_000_000).rounded()) - Date.postgresEpoch * 1_000_000
  }

  init(postgresMicroseconds: Int64) {
    self.init(
      timeIntervalSince1970: Double(postgresMicroseconds + Date.postgresEpoch * 1_000_000) / 1_000_000)
  }
}
