import Crypto

/// Merkle trees of RFC 6962, section 2.1. Nodes may be leaves, or the roots of equally large full subtrees.
package enum MerkleTree {
  /// The hash of a tree without leaves.
  package static let empty = MerkleHash(SHA256.hash(data: [UInt8]()))

  /// The hash of a leaf's bytes, which the prefix keeps apart from every node's.
  package static func leaf(_ bytes: [UInt8]) -> MerkleHash { MerkleHash(SHA256.hash(data: [0] + bytes)) }

  package static func node(_ left: MerkleHash, _ right: MerkleHash) -> MerkleHash {
    withUnsafeTemporaryAllocation(byteCount: 1 + 2 * MerkleHash.byteCount, alignment: 1) { buffer in
      buffer[0] = 1
      left.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1...]).copyMemory(from: $0) }
      right.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(rebasing: buffer[(1 + MerkleHash.byteCount)...]).copyMemory(from: $0)
      }
      var hasher = SHA256()
      hasher.update(bufferPointer: UnsafeRawBufferPointer(buffer))
      return MerkleHash(hasher.finalize())
    }
  }

  package static func root(_ nodes: some Sequence<MerkleHash>) -> MerkleHash {
    var edge = MerkleEdge()
    for node in nodes { edge.append(node) }
    return edge.root
  }

  /// The audit path of `nodes[index]`, from the bottom up (section 2.1.1).
  package static func path(to index: Int, in nodes: ArraySlice<MerkleHash>) -> [MerkleHash] {
    guard nodes.count > 1 else { return [] }
    let middle = nodes.startIndex + split(nodes.count)
    return index < middle
      ? path(to: index, in: nodes[..<middle]) + [root(nodes[middle...])]
      : path(to: index, in: nodes[middle...]) + [root(nodes[..<middle])]
  }

  /// The root that `path` leads to from leaf `index` of `size`; nil when the path has another length than such a
  /// tree gives it.
  package static func root(
    of leaf: MerkleHash, index: Int64, size: Int64, path: [MerkleHash]
  ) -> MerkleHash? {
    guard 0 <= index, index < size else { return nil }
    var (hash, place, last) = (leaf, index, size - 1)
    for sibling in path {
      guard last > 0 else { return nil }
      if place & 1 == 1 || place == last {
        hash = node(sibling, hash)
        // The right edge has no sibling on levels where it stands alone.
        while place & 1 == 0, place != 0 { (place, last) = (place >> 1, last >> 1) }
      } else {
        hash = node(hash, sibling)
      }
      (place, last) = (place >> 1, last >> 1)
    }
    return last == 0 ? hash : nil
  }

  /// The largest power of two below `count`, which is more than 1.
  private static func split(_ count: Int) -> Int {
    1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)
  }
}

/// The right edge of a growing tree: the roots of its full subtrees, largest first. All that appending needs.
package struct MerkleEdge: Sendable {
  package private(set) var size: Int64 = 0
  private var peaks: [MerkleHash] = []

  package init() {}

  /// Appends a leaf, or the root of a full subtree of `leaves` leaves, a power of two that divides the size.
  package mutating func append(_ hash: MerkleHash, leaves: Int64 = 1) {
    precondition(size & (leaves - 1) == 0, "a subtree of \(leaves) leaves cannot stand at \(size)")
    var (hash, height) = (hash, leaves)
    while size & height != 0 {
      hash = MerkleTree.node(peaks.removeLast(), hash)
      height <<= 1
    }
    peaks.append(hash)
    size += leaves
  }

  package var root: MerkleHash {
    guard var root = peaks.last else { return MerkleTree.empty }
    for peak in peaks.dropLast().reversed() { root = MerkleTree.node(peak, root) }
    return root
  }
}
