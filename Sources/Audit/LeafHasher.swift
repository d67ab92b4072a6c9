import Contracts
import Crypto
import FoundationEssentials
import JSON

/// Hashes events into leaves: SHA-256 of 0x00 and the event's canonical bytes.
///
/// The canonical bytes are the record's key, the number of headers, each header's name and value in order of the
/// names' bytes, and the value. Every text is preceded by its length; lengths and the number are 4 bytes,
/// big-endian. The position is not in them, so that a proof outlives archive and a move to another log.
package struct LeafHasher {
  private var buffer: [UInt8] = []

  package init() { buffer.reserveCapacity(2_048) }

  package mutating func hash(_ event: Event) -> MerkleHash {
    buffer.removeAll(keepingCapacity: true)
    buffer.append(0)
    putHead(of: event)
    put(count: event.value.count)
    var hasher = SHA256()
    buffer.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    event.value.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    return MerkleHash(hasher.finalize())
  }

  /// `Event.headers` in order of their names, written without making them.
  private mutating func putHead(of event: Event) {
    put(event.key.rawValue)
    let optional = [event.causation != nil, event.correlation != nil, event.traceparent != nil]
    put(count: 9 + optional.count { $0 })
    if let causation = event.causation { put("ce_causationid", causation.uuid) }
    if let correlation = event.correlation { put("ce_correlationid", correlation.uuid) }
    put("ce_dataschema", event.dataschema)
    put("ce_id", event.id.uuid)
    put("ce_source", event.source)
    put("ce_specversion", "1.0")
    put("ce_subject", event.key.rawValue)
    put("ce_tenant", event.tenant.uuid)
    put("ce_time", event.time)
    put("ce_type", event.type.rawValue)
    put("content-type", "application/json")
    if let traceparent = event.traceparent { put("traceparent", traceparent) }
  }

  private mutating func put(_ name: StaticString, _ value: String) {
    put(name)
    put(value)
  }

  private mutating func put(_ name: StaticString, _ value: UUID) {
    put(name)
    put(count: UUID.hyphenatedCount)
    grow(by: UUID.hyphenatedCount) { value.writeHyphenated(to: $0) }
  }

  /// The formatter of the headers costs more than all the rest, so that of JSON stands in. They agree on times that
  /// happen: the other one has the Julian calendar before 1582.
  private mutating func put(_ name: StaticString, _ value: Date) {
    put(name)
    let count = buffer.count
    put(count: Date.textCount)
    var isWritten = false
    if value.timeIntervalSince1970 >= 0 {
      grow(by: Date.textCount) { isWritten = value.writeText(to: $0) }
    }
    guard !isWritten else { return }
    buffer.removeLast(buffer.count - count)
    put(value.formatted(.iso8601WithMilliseconds))
  }

  private mutating func put(_ name: StaticString) {
    put(count: name.utf8CodeUnitCount)
    name.withUTF8Buffer { buffer.append(contentsOf: $0) }
  }

  private mutating func put(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      put(count: utf8.count)
      buffer.append(contentsOf: utf8)
    }
  }

  private mutating func put(count: Int) {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: count).bigEndian) { buffer.append(contentsOf: $0) }
  }

  /// Lets `write` fill the bytes behind what is there.
  private mutating func grow(by count: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Void) {
    let start = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: count))
    buffer.withUnsafeMutableBufferPointer { bytes in
      if let first = bytes.baseAddress { write(first + start) }
    }
  }
}
