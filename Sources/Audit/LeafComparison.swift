import Contracts
import EventLog

/// Finds what happened to a sequence of leaves: fed with what is stored and with what the log holds, side by side,
/// it names each event that was changed, removed, inserted or moved. Pure, and bounded: of each side it holds a
/// window, and of events whose counterpart did not come yet at most `maximumOpen`.
struct LeafComparison {
  /// How far ahead the counterpart of an event is looked for.
  static let window = 1_024
  static let maximumOpen = 10_000

  private let partition: TopicPartition
  private var stored = LeafQueue()
  private var read = LeafQueue()
  private var storedEnded = false
  private var readEnded = false
  /// Passed over in the tables, not met in the log yet; and the other way round.
  private var missing: [EventID: Leaf] = [:]
  private var extra: [EventID: Leaf] = [:]
  private var tail: (first: Leaf, count: Int)?
  private var differences: [Difference] = []

  init(_ partition: TopicPartition) { self.partition = partition }

  var wantsStored: Bool { !storedEnded && stored.count < Self.window }
  var wantsRead: Bool { !readEnded && read.count < Self.window && !isOver }
  /// What the log holds behind the last stored leaf came later; only events that are missed are looked for there.
  private var isDone: Bool { storedEnded && stored.isEmpty && (missing.isEmpty || readEnded && read.isEmpty) }
  /// More was compared already than anyone would read.
  private var isHopeless: Bool { missing.count + extra.count + differences.count > Self.maximumOpen }

  var isOver: Bool { isDone || isHopeless }

  mutating func addStored(_ leaves: [Leaf]) { stored.append(leaves) }
  mutating func endStored() { storedEnded = true }

  mutating func addRead(_ leaves: [Leaf], isAtEnd: Bool) {
    read.append(leaves)
    readEnded = isAtEnd
  }

  /// Takes out what is stored of offsets that cannot be read: nothing can be compared with it.
  mutating func removeStored(_ offsets: Range<Offset>) -> [Leaf] { stored.remove(offsets) }

  /// Compares as far as both windows reach.
  mutating func advance() {
    while !(wantsStored || wantsRead || isOver) {
      if passAgreeing() { continue }
      switch (stored.first, read.first) {
      case (nil, nil): return
      case (let was?, let now?): meet(was, now)
      case (let was?, nil):
        stored.removeFirst()
        passStored(was, isTail: true)
      case (nil, let now?):
        read.removeFirst()
        passRead(now)
      }
    }
  }

  /// Passes what is the same on both sides, which is nearly all; false when it was nothing.
  private mutating func passAgreeing() -> Bool {
    let most = min(
      stored.count - (storedEnded ? 0 : Self.window - 1), read.count - (readEnded ? 0 : Self.window - 1))
    let count = stored.agreeing(with: read, most: most)
    stored.removeFirst(count)
    read.removeFirst(count)
    return count > 0
  }

  private mutating func meet(_ was: Leaf, _ now: Leaf) {
    if was.event == now.event {
      stored.removeFirst()
      read.removeFirst()
      compare(was, now)
    } else if extra[was.event] != nil {
      stored.removeFirst()
      passStored(was, isTail: false)
    } else if missing[now.event] != nil {
      read.removeFirst()
      passRead(now)
    } else {
      // Pass over as little as leads back to where both agree.
      let ahead = stored.distance(to: now.event)
      let behind = read.distance(to: was.event)
      if (ahead ?? .max) <= (behind ?? .max) {
        stored.removeFirst()
        passStored(was, isTail: false)
      }
      if (behind ?? .max) <= (ahead ?? .max) {
        read.removeFirst()
        passRead(now)
      }
    }
  }

  private mutating func compare(_ was: Leaf, _ now: Leaf) {
    if was.hash != now.hash { note(.changed, now, "its key, headers or value are not what they were") }
  }

  private mutating func passStored(_ was: Leaf, isTail: Bool) {
    if let now = extra.removeValue(forKey: was.event) {
      moved(was, now)
    } else if isTail {
      tail = (tail?.first ?? was, (tail?.count ?? 0) + 1)
    } else {
      missing[was.event] = was
    }
  }

  private mutating func passRead(_ now: Leaf) {
    if let was = missing.removeValue(forKey: now.event) {
      moved(was, now)
    } else if !stored.isEmpty, extra.updateValue(now, forKey: now.event) != nil {
      note(.inserted, now, "it stands in the log twice")
    }
  }

  private mutating func moved(_ was: Leaf, _ now: Leaf) {
    note(.reordered, now, "it stood at offset \(was.offset)")
    compare(was, now)
  }

  private mutating func note(_ kind: Difference.Kind, _ leaf: Leaf?, _ detail: String) {
    differences.append(Difference(kind, in: partition, at: leaf, detail))
  }

  /// What is left once both sides have ended.
  mutating func finish() -> [Difference] {
    let wasHopeless = isHopeless
    let replaced = Dictionary(extra.values.map { ($0.offset, $0) }) { first, _ in first }
    for was in missing.values {
      if let now = replaced[was.offset] {
        extra[now.event] = nil
        note(.changed, was, "in its place stands event \(now.event)")
      } else {
        note(.removed, was, "it is not in the log any more")
      }
    }
    for now in extra.values { note(.inserted, now, "it was not there when this part was sealed") }
    if let tail {
      note(.truncated, tail.first, "\(tail.count) events from this one on are not in the log any more")
    }
    if wasHopeless {
      note(.root, stored.first ?? read.first, "too much differs; what follows was not compared")
    }
    return differences.sorted {
      ($0.offset ?? .max, $0.kind.rawValue) < ($1.offset ?? .max, $1.kind.rawValue)
    }
  }
}

/// Leaves waiting to be compared, first in first out.
struct LeafQueue {
  private var leaves: [Leaf] = []
  private var head = 0

  var count: Int { leaves.count - head }
  var isEmpty: Bool { count == 0 }
  var first: Leaf? { isEmpty ? nil : leaves[head] }

  mutating func append(_ more: [Leaf]) {
    if head > 0 {
      leaves.removeFirst(head)
      head = 0
    }
    leaves += more
  }

  mutating func removeFirst(_ count: Int = 1) { head += count }

  /// How many leaves, of `most`, are the same events with the same hashes on both sides.
  func agreeing(with other: LeafQueue, most: Int) -> Int {
    var count = 0
    while count < most {
      let (was, now) = (leaves[head + count], other.leaves[other.head + count])
      guard was.event == now.event, was.hash == now.hash else { break }
      count += 1
    }
    return count
  }

  mutating func remove(_ offsets: Range<Offset>) -> [Leaf] {
    let removed = leaves[head...].filter { offsets.contains($0.offset) }
    leaves = leaves[head...].filter { !offsets.contains($0.offset) }
    head = 0
    return removed
  }

  func distance(to event: EventID) -> Int? {
    leaves[head...].firstIndex { $0.event == event }.map { $0 - head }
  }
}
