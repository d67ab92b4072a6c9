import EventLog

/// Grows a tree leaf by leaf and holds its root against every head that was signed of it.
struct RootCheck {
  struct Claim: Equatable {
    let checkpoint: Int64
    let size: Int64
    let root: MerkleHash
  }

  private var edge = MerkleEdge()
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

  mutating func append(_ leaves: some Sequence<Leaf>) {
    for leaf in leaves where wantsMore {
      edge.append(leaf.hash)
      check()
    }
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
