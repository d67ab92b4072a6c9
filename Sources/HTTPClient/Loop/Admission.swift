/// Who may run: first come first served, within a bound overall and a bound per host.
///
/// A request whose host is full does not hold back later requests to other hosts.
struct Admission {
  private let maximum: Int
  private let maximumPerHost: Int
  private var running = 0
  private var runningByHost: [Host: Int] = [:]
  /// Identities grow with time, so each line is sorted and its first entry is its oldest.
  private var lines: [Host: [PreparedRequest.ID]] = [:]

  init(maximum: Int, maximumPerHost: Int) {
    self.maximum = maximum
    self.maximumPerHost = maximumPerHost
  }

  mutating func arrive(_ id: PreparedRequest.ID, host: Host) {
    // Two callers may hand over in the other order than they took their identities.
    lines[host, default: []].insert(id, at: lines[host]?.partitioningIndex(of: id) ?? 0)
  }

  /// Takes the oldest request that has room, and counts it as running.
  mutating func admit() -> PreparedRequest.ID? {
    guard running < maximum else { return nil }
    var oldest: (host: Host, id: PreparedRequest.ID)?
    for (host, line) in lines where runningByHost[host, default: 0] < maximumPerHost {
      if line[0] < oldest?.id ?? .max { oldest = (host, line[0]) }
    }
    guard let (host, id) = oldest else { return nil }
    remove(at: 0, host: host)
    running += 1
    runningByHost[host, default: 0] += 1
    return id
  }

  /// A running request of this host is over.
  mutating func leave(_ host: Host) {
    running -= 1
    let left = runningByHost[host, default: 0] - 1
    runningByHost[host] = left > 0 ? left : nil
  }

  /// A waiting request is given up.
  mutating func withdraw(_ id: PreparedRequest.ID, host: Host) {
    guard let line = lines[host] else { return }
    let index = line.partitioningIndex(of: id)
    guard index < line.count, line[index] == id else { return }
    remove(at: index, host: host)
  }

  private mutating func remove(at index: Int, host: Host) {
    lines[host]?.remove(at: index)
    if lines[host]?.isEmpty == true { lines[host] = nil }
  }
}

extension [PreparedRequest.ID] {
  /// The first index whose element is not below `id`, by bisection.
  fileprivate func partitioningIndex(of id: PreparedRequest.ID) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
