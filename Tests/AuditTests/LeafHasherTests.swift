import Audit
import Contracts
import Foundation
import TestKit
import Testing

struct LeafHasherTests {
  /// The canonical bytes as they are described, from the headers as they go to Kafka.
  private static func canonical(_ event: Event) -> [UInt8] {
    func count(_ number: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }
    func field(_ bytes: [UInt8]) -> [UInt8] { count(bytes.count) + bytes }
    let headers = event.headers.map { (Array($0.name.utf8), Array($0.value.utf8)) }
      .sorted { $0.0.lexicographicallyPrecedes($1.0) }
    return field(Array(event.key.rawValue.utf8)) + count(headers.count)
      + headers.flatMap { field($0.0) + field($0.1) } + field(event.value)
  }

  @Test func aLeafIsTheHashOfKeySortedHeadersAndValue() {
    var random = LogRandom(seed: LogRandom.seed(for: "leaf hashes"))
    var hasher = LeafHasher()
    let names = [
      "", "a", "größer", "😀", "with \"quotes\" and \n", String(repeating: "x", count: 255),
      String(repeating: "ß", count: 3_000),
    ]
    for _ in 0..<2_000 {
      func id() -> EventID? { Bool.random(using: &random) ? EventID(UUID()) : nil }
      let event = Event(
        id: EventID(UUID()), type: EventType(names.randomElement(using: &random) ?? ""),
        topic: Topic.allCases.randomElement(using: &random) ?? .inbound,
        key: StreamID(names.randomElement(using: &random) ?? ""), tenant: TenantID(UUID()),
        time: Date(
          timeIntervalSince1970: Double.random(in: -30_000_000_000...100_000_000_000, using: &random)),
        source: names.randomElement(using: &random) ?? "", causation: id(), correlation: id(),
        traceparent: Bool.random(using: &random) ? names.randomElement(using: &random) : nil,
        value: (0..<Int.random(in: 0...300, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        })
      #expect(hasher.hash(event) == MerkleTree.leaf(Self.canonical(event)))
    }
  }
}
