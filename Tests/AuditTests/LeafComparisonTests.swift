import Contracts
import EventLog
import Foundation
import TestKit
import Testing

@testable import Audit

struct LeafComparisonTests {
  private static let place = TopicPartition(.conversations, Partition(0))

  private static func leaves(_ count: Int) -> [Leaf] {
    (0..<count).map {
      Leaf(event: EventID(UUID()), offset: Offset(Int64($0)), hash: MerkleTree.leaf([UInt8($0 & 255)]))
    }
  }

  /// Fed as the verifier does it, in pieces.
  private static func compare(_ stored: [Leaf], _ read: [Leaf], piece: Int = 700) -> [Difference] {
    var comparison = LeafComparison(place)
    var (stored, read) = (stored[...], read[...])
    while !comparison.isOver {
      while comparison.wantsStored {
        if stored.isEmpty { comparison.endStored() }
        comparison.addStored(Array(stored.prefix(piece)))
        stored = stored.dropFirst(piece)
      }
      while comparison.wantsRead {
        let now = Array(read.prefix(piece))
        read = read.dropFirst(piece)
        comparison.addRead(now, isAtEnd: read.isEmpty)
      }
      comparison.advance()
    }
    return comparison.finish()
  }

  @Test func nothingDiffersWhereNothingWasDone() {
    for count in [0, 1, 2, 700, 1_023, 1_024, 1_025, 5_000] {
      let stored = Self.leaves(count)
      #expect(Self.compare(stored, stored).isEmpty)
      let later = (0..<2_500).map {
        Leaf(event: EventID(UUID()), offset: Offset(Int64(count + $0)), hash: MerkleTree.empty)
      }
      #expect(Self.compare(stored, stored + later).isEmpty, "what came later is not covered")
    }
  }

  /// Several events are removed, changed, inserted and moved at random places; each is named, and none else is.
  @Test(arguments: 0..<40)
  func whatWasDoneIsNamed(round: Int) throws {
    var random = LogRandom(seed: LogRandom.seed(for: "comparison") &+ UInt64(round))
    let stored = Self.leaves(Int.random(in: 100...4_000, using: &random))
    var read = stored
    var expected: [String] = []
    // Far enough from each other and from the end that each is what it is called.
    let places = stride(from: 10, to: stored.count - 30, by: 30).shuffled(using: &random).prefix(6).sorted(
      by: >)
    for place in places {
      let leaf = read[place]
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        read.remove(at: place)
        expected.append("removed \(leaf.event)")
      case 1:
        read[place] = Leaf(
          event: leaf.event, offset: leaf.offset, hash: MerkleTree.node(leaf.hash, leaf.hash))
        expected.append("changed \(leaf.event)")
      case 2:
        let added = Leaf(event: EventID(UUID()), offset: leaf.offset, hash: leaf.hash)
        read.insert(added, at: place)
        expected.append("inserted \(added.event)")
      default:
        read.remove(at: place)
        read.insert(leaf, at: place + Int.random(in: 2...9, using: &random))
        expected.append("reordered \(leaf.event)")
      }
    }
    let found = Self.compare(stored, read).map { "\($0.kind.rawValue) \($0.event.map { "\($0)" } ?? "-")" }
    #expect(found.sorted() == expected.sorted())
  }

  @Test func aMissingEndIsOneDifference() throws {
    let stored = Self.leaves(3_000)
    let found = Self.compare(stored, Array(stored.prefix(1_500)))
    #expect(found.map(\.kind) == [.truncated])
    #expect(found.first?.event == stored[1_500].event)
    #expect(found.first?.detail.hasPrefix("1500 events") == true)
  }

  @Test func aForeignLogIsGivenUpInBoundedMemory() {
    let found = Self.compare(Self.leaves(30_000), Self.leaves(30_000))
    #expect(found.contains { $0.kind == .root })
    #expect(found.count <= LeafComparison.maximumOpen + 3)
  }
}
