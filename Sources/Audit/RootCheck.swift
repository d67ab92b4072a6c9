import EventLog

/// Grows a tree leaf by leaf and holds its root against every head that was signed of it.
struct RootCheck {
  struct Claim: Equatable {
    let checkpoint: Int64
    let size: Int64
    let root: MerkleHash
  }

  private var edge = MerkleEdge()
  /// What came of a block that `edge` takes up whole.
  private var block: [MerkleHash] = []
  private let claims: [Claim]
  private var next = 0
  /// The size up to which the leaves are known to be those that were signed.
  private(set) var sound: Int64 = 0
  /// The first head that the leaves do not give.
  private(set) var broken: Claim?

  init(_ claims: [Claim]) {
    self.claims = claims.sorted { ($0.size, $0.checkpoint) < ($1.size, $1.checkpoint) }
    check()
  }

  var wantsMore: Bool { broken == nil && next < claims.count }

  mutating func append(_ leaves: some Collection<Leaf>, _ blocks: inout BlockRoots) {
    var rest = leaves[...]
    while wantsMore, !rest.isEmpty {
      guard awaitsBlock else {
        edge.append(rest.removeFirst().hash)
        check()
        continue
      }
      let part = rest.prefix(AuditStore.blockSize - block.count)
      block += part.lazy.map(\.hash)
      rest = rest.dropFirst(part.count)
      guard block.count == AuditStore.blockSize else { continue }
      let size = Int64(block.count)
      edge.append(blocks.root(of: block, at: edge.size / size), leaves: size)
      block.removeAll(keepingCapacity: true)
      check()
    }
  }

  /// No head is to be looked at before a whole block has come.
  private var awaitsBlock: Bool {
    let size = Int64(AuditStore.blockSize)
    return edge.size.isMultiple(of: size) && claims[next].size - edge.size >= size
  }

  /// No more leaves come.
  mutating func end() { if wantsMore { broken = claims[next] } }

  private mutating func check() {
    while wantsMore, claims[next].size == edge.size {
      if edge.root == claims[next].root { sound = edge.size } else { broken = claims[next] }
      next += 1
    }
  }
}
