import Contracts
import Crypto
import EventLog
import LZ4

/// A part of one partition as a file of the archive: an LZ4 frame, with its checksums, around
///
///     "aigentable log 1\n"
///     topic, partition, first offset, number of records
///     for each record: offset, key, number of headers, names and values of the headers, value
///
/// Numbers are big-endian, of 8 bytes for offsets and else of 4; texts and values are preceded by their length. Key,
/// headers and value are those of the record on Kafka (`schemas/README.md`), so that a file can be read without the
/// engine.
package struct Segment: Sendable {
  package let partition: TopicPartition
  /// In order, without gaps.
  package let records: [Record]

  package init(_ partition: TopicPartition, _ records: [Record]) {
    self.partition = partition
    self.records = records
  }

  /// What all records may have together, in bytes.
  static let maximumBytes = 64 << 20
  private static let magic = Array("aigentable log 1\n".utf8)

  /// `log/conversations/3/00000000000000001024-00000000000000002048.lz4`, by which the archive alone says what it
  /// holds.
  package static func name(_ partition: TopicPartition, _ first: Offset, _ next: Offset) -> String {
    func padded(_ offset: Offset) -> String {
      let digits = String(offset.rawValue)
      return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }
    return "log/\(partition.topic.rawValue)/\(partition.partition)/\(padded(first))-\(padded(next)).lz4"
  }

  /// The reverse of `name`; nil for any other name.
  package static func place(of name: String) -> (partition: TopicPartition, first: Offset, next: Offset)? {
    let parts = name.split(separator: "/")
    guard parts.count == 4, parts[0] == "log", let topic = Topic(rawValue: String(parts[1])),
      let partition = Int32(parts[2]), parts[3].hasSuffix(".lz4")
    else { return nil }
    let ends = parts[3].dropLast(4).split(separator: "-").compactMap { Int64($0) }
    guard ends.count == 2, ends[0] < ends[1] else { return nil }
    return (TopicPartition(topic, Partition(partition)), Offset(ends[0]), Offset(ends[1]))
  }

  package func encoded() -> [UInt8] {
    var content = Self.magic
    content.put(partition.topic.rawValue)
    content.put(UInt32(bitPattern: partition.partition.rawValue))
    content.put(UInt64(bitPattern: records.first?.position.offset.rawValue ?? 0))
    content.put(UInt32(records.count))
    for record in records {
      content.put(UInt64(bitPattern: record.position.offset.rawValue))
      content.put(record.event.key.rawValue)
      let headers = record.event.headers
      content.put(UInt32(headers.count))
      for (name, value) in headers {
        content.put(name)
        content.put(value)
      }
      content.put(UInt32(record.event.value.count))
      content += record.event.value
    }
    return LZ4Encoder.frame(content)
  }

  package init(decoding bytes: [UInt8]) throws {
    let content = try LZ4Decoder.content(of: bytes, atMost: Self.maximumBytes * 2)
    var reader = SegmentBytes(content[...])
    guard try reader.take(Self.magic.count).elementsEqual(Self.magic),
      let topic = Topic(rawValue: try reader.text())
    else { throw SegmentError("this is no segment of a log") }
    partition = TopicPartition(topic, Partition(Int32(bitPattern: try reader.number())))
    _ = try reader.longNumber()
    let count = try reader.number()
    var records: [Record] = []
    for _ in 0..<count { records.append(try reader.record(topic, partition.partition)) }
    guard reader.isAtEnd else { throw SegmentError("bytes follow the last record") }
    self.records = records
  }

  /// What can be read of a file that is not as it was: the records from its front on, up to the first that is none or
  /// stands elsewhere.
  static func salvage(
    _ bytes: [UInt8], of partition: TopicPartition, from first: Offset, to next: Offset
  ) -> Segment {
    let content = LZ4Decoder.salvage(bytes, atMost: maximumBytes * 2)
    // What the head says is known, so it may be damaged, too.
    let head = magic.count + 4 + partition.topic.rawValue.utf8.count + 4 + 8 + 4
    var reader = SegmentBytes(content.dropFirst(head))
    var records: [Record] = []
    for offset in first.rawValue..<next.rawValue {
      guard let record = try? reader.record(partition.topic, partition.partition),
        record.position.offset.rawValue == offset
      else { break }
      records.append(record)
    }
    return Segment(partition, records)
  }
}

package struct SegmentError: Error, CustomStringConvertible {
  let message: String
  init(_ message: String) { self.message = message }
  package var description: String { "archive: \(message)" }
}

/// Reads the parts of a segment one after the other.
private struct SegmentBytes {
  private var rest: ArraySlice<UInt8>
  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ count: Int) throws(SegmentError) -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw SegmentError("the segment ends early") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func number() throws(SegmentError) -> UInt32 {
    try take(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func longNumber() throws(SegmentError) -> UInt64 {
    try take(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func record(_ topic: Topic, _ partition: Partition) throws -> Record {
    let offset = Offset(Int64(bitPattern: try longNumber()))
    let key = try text()
    var headers: [String: String] = [:]
    for _ in 0..<(try number()) {
      let name = try text()
      headers[name] = try text()
    }
    let value = Array(try take(Int(number())))
    return Record(
      position: Position(topic, partition, offset),
      event: try Event(topic: topic, key: key, headers: headers, value: value))
  }

  mutating func text() throws(SegmentError) -> String {
    guard let text = String(validating: try take(Int(number())), as: UTF8.self) else {
      throw SegmentError("a text is not UTF-8")
    }
    return text
  }
}

extension [UInt8] {
  fileprivate mutating func put(_ number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
  }

  fileprivate mutating func put(_ text: String) {
    put(UInt32(text.utf8.count))
    append(contentsOf: text.utf8)
  }
}
