import Contracts
import EventLog
import FoundationEssentials
import TestKit
import Testing

@testable import Audit

struct RootCheckTests {
  /// Blocks taken up whole must judge as leaves one by one do, wherever heads were signed and however leaves come.
  @Test(arguments: 0..<40 as Range<UInt64>) func headsAreHeldAgainstTheLeavesBeforeThem(seed: UInt64) {
    var random = LogRandom(seed: seed)
    let leaves = (0..<Int.random(in: 0...4_500, using: &random)).map { index in
      Leaf(
        event: EventID(UUID()), offset: Offset(Int64(index)),
        hash: MerkleTree.leaf(withUnsafeBytes(of: index) { Array($0) }))
    }
    let sizes = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      Bool.random(using: &random)
        ? min(leaves.count, 1_024 * Int.random(in: 0...4, using: &random))
        : Int.random(in: 0...leaves.count, using: &random)
    }.sorted()
    let wrong = Int.random(in: 0...sizes.count, using: &random)
    let claims = sizes.enumerated().map { number, size in
      RootCheck.Claim(
        checkpoint: Int64(number), size: Int64(size),
        root: number == wrong ? MerkleTree.leaf([1]) : MerkleTree.root(leaves[..<size].map(\.hash)))
    }

    var (check, blocks) = (RootCheck(claims), BlockRoots())
    var rest = leaves[...]
    while !rest.isEmpty {
      let part = rest.prefix(Int.random(in: 1...1_500, using: &random))
      check.append(part, &blocks)
      rest = rest.dropFirst(part.count)
    }
    check.end()
    #expect(check.broken == (wrong < claims.count ? claims[wrong] : nil))
    #expect(check.sound == Int64(sizes.prefix(wrong).last ?? 0))
    #expect(!check.wantsMore)
  }

  @Test func aHeadBeyondTheLastLeafIsBroken() {
    let leaves = (0..<1_500).map { index in
      Leaf(event: EventID(UUID()), offset: Offset(Int64(index)), hash: MerkleTree.leaf([UInt8(index & 255)]))
    }
    for size in [1_501, 2_048, 5_000] as [Int64] {
      let claim = RootCheck.Claim(checkpoint: 1, size: size, root: MerkleTree.root(leaves.map(\.hash)))
      var (check, blocks) = (RootCheck([claim]), BlockRoots())
      check.append(leaves, &blocks)
      #expect(check.wantsMore)
      check.end()
      #expect(check.broken == claim && check.sound == 0)
    }
  }

  @Test func aKnownRootStandsForTheSameLeavesOnly() {
    var blocks = BlockRoots()
    let leaves = (0..<1_024).map { MerkleTree.leaf([UInt8($0 & 255), UInt8($0 >> 8)]) }
    let root = blocks.root(of: leaves, at: 3)
    #expect(root == MerkleTree.root(leaves) && blocks.root(of: leaves, at: 3) == root)
    var changed = leaves
    changed[700] = MerkleTree.leaf([1, 2, 3])
    #expect(blocks.root(of: changed, at: 3) == MerkleTree.root(changed))
    #expect(blocks.root(of: leaves, at: 4) == root)
  }
}
