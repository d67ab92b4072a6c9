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
  /// What comes before the value, behind the 0x00; as large as the largest that there was.
  private var room = [UInt8](repeating: 0, count: 2_048)

  package init() {}

  package mutating func hash(_ event: Event) -> MerkleHash {
    let most = LeafHead.most(of: event)
    if room.count < most { room = [UInt8](repeating: 0, count: 2 * most) }
    var hasher = SHA256()
    room.withUnsafeMutableBytes { room in
      var head = LeafHead(room)
      head.put(event)
      hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: room[..<head.count]))
    }
    event.value.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    return MerkleHash(hasher.finalize())
  }
}

/// Writes what comes before a leaf's value into memory that is there: an array would ask anew at each of some forty pieces.
private struct LeafHead {
  private let room: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  /// More than all but the texts: names, lengths, ids and the time.
  private static let fixed = 1_024

  init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

  /// More bytes than it takes.
  static func most(of event: Event) -> Int {
    fixed + 2 * event.key.rawValue.utf8.count + 2 * event.type.rawValue.utf8.count + event.source.utf8.count
      + (event.traceparent?.utf8.count ?? 0)
  }

  /// `Event.headers` in order of their names, written without making them.
  mutating func put(_ event: Event) {
    take(1)[0] = 0
    put(event.key.rawValue)
    let optional = [event.causation != nil, event.correlation != nil, event.traceparent != nil]
    put(count: 9 + optional.count { $0 })
    if let causation = event.causation { put("ce_causationid", causation.uuid) }
    if let correlation = event.correlation { put("ce_correlationid", correlation.uuid) }
    put("ce_dataschema")
    putSchema(of: event)
    put("ce_id", event.id.uuid)
    put("ce_source", event.source)
    put("ce_specversion", "1.0")
    put("ce_subject", event.key.rawValue)
    put("ce_tenant", event.tenant.uuid)
    put("ce_time", event.time)
    put("ce_type", event.type.rawValue)
    put("content-type", "application/json")
    if let traceparent = event.traceparent { put("traceparent", traceparent) }
    put(count: event.value.count)
  }

  /// `Event.dataschema`, without making it.
  private mutating func putSchema(of event: Event) {
    let start = count
    put(count: 0)
    copy("urn:aigentable:schemas/events/")
    copy(event.topic.rawValue)
    copy("/")
    copy(event.type.rawValue)
    copy(".json")
    let end = count
    count = start
    put(count: end - start - 4)
    count = end
  }

  private mutating func put(_ name: StaticString, _ value: String) {
    put(name)
    put(value)
  }

  private mutating func put(_ name: StaticString, _ value: UUID) {
    put(name)
    put(count: UUID.hyphenatedCount)
    if let place = take(UUID.hyphenatedCount).assumingMemoryBound(to: UInt8.self).baseAddress {
      value.writeHyphenated(to: place)
    }
  }

  /// The formatter of the headers costs more than all the rest, so that of JSON stands in. They agree on times that
  /// happen: the other one has the Julian calendar before 1582.
  private mutating func put(_ name: StaticString, _ value: Date) {
    put(name)
    let start = count
    put(count: Date.textCount)
    if value.timeIntervalSince1970 >= 0,
      let place = take(Date.textCount).assumingMemoryBound(to: UInt8.self).baseAddress,
      value.writeText(to: place)
    {
      return
    }
    count = start
    put(value.formatted(.iso8601WithMilliseconds))
  }

  private mutating func put(_ text: StaticString) {
    put(count: text.utf8CodeUnitCount)
    copy(text)
  }

  private mutating func put(_ text: String) {
    put(count: text.utf8.count)
    copy(text)
  }

  private mutating func copy(_ text: StaticString) {
    text.withUTF8Buffer { take($0.count).copyMemory(from: UnsafeRawBufferPointer($0)) }
  }

  private mutating func copy(_ text: String) {
    var text = text
    text.withUTF8 { take($0.count).copyMemory(from: UnsafeRawBufferPointer($0)) }
  }

  private mutating func put(count: Int) {
    take(4).storeBytes(of: UInt32(truncatingIfNeeded: count).bigEndian, as: UInt32.self)
  }

  /// The next bytes, to be written.
  private mutating func take(_ more: Int) -> UnsafeMutableRawBufferPointer {
    let start = count
    count += more
    precondition(count <= room.count, "the head of a leaf is larger than it may be")
    return UnsafeMutableRawBufferPointer(rebasing: room[start..<count])
  }
}
