/// All levels of a tree over nodes that may be leaves or the roots of equally large full subtrees: for many audit
/// paths out of one tree. A node without a right neighbour stands on the next level as it is, which gives the trees of
/// RFC 6962, section 2.1.
struct MerkleLevels: Sendable {
  private let levels: [[MerkleHash]]

  init(_ nodes: [MerkleHash]) {
    var levels = [nodes]
    while let last = levels.last, last.count > 1 {
      levels.append(
        stride(from: 0, to: last.count, by: 2).map { index in
          index + 1 < last.count ? MerkleTree.node(last[index], last[index + 1]) : last[index]
        })
    }
    self.levels = levels
  }

  var count: Int { levels[0].count }
  var root: MerkleHash { levels.last?.first ?? MerkleTree.empty }

  /// The audit path of a node, from the bottom up.
  func path(to index: Int) -> [MerkleHash] {
    var path: [MerkleHash] = []
    var index = index
    for level in levels {
      if index ^ 1 < level.count { path.append(level[index ^ 1]) }
      index >>= 1
    }
    return path
  }
}
