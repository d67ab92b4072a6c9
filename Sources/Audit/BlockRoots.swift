/// The roots of the last blocks of a tree. What the log gives is nearly always what is stored, whose nodes then need not
/// be hashed a second time.
struct BlockRoots {
  private static let kept = 4
  private var blocks: [(number: Int64, leaves: [MerkleHash], root: MerkleHash)] = []

  /// The root of a full block, which stands at `number` in its tree.
  mutating func root(of leaves: [MerkleHash], at number: Int64) -> MerkleHash {
    if let known = blocks.first(where: { $0.number == number && $0.leaves == leaves }) { return known.root }
    let root = MerkleTree.root(leaves)
    if blocks.count == Self.kept { blocks.removeFirst() }
    blocks.append((number, leaves, root))
    return root
  }
}
