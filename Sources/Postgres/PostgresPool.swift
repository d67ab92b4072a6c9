import Foundation

/// A fixed number of connections, each on a thread of its own, that take work from one queue in order.
///
/// The queue is bounded: beyond `maximumWaiting` callers the next one fails with `.overloaded`. A connection is
/// made when it is first needed and again after it broke; work that meets a dead server fails with
/// `.unavailable` and may be tried again.
package final class PostgresPool: Sendable {
  package typealias Work = @Sendable (_ connect: () throws -> PostgresConnection) -> Void

  package let url: String
  private let queue: any PoolQueue

  /// - Parameters:
  ///   - prefersIndexes: see `PostgresConnection`.
  ///   - greeting: what every connection runs first; one on which it fails is not used.
  package init(
    url: String, connections: Int, maximumWaiting: Int = 10_000, name: String = "aigentable",
    prefersIndexes: Bool = false, greeting: String? = nil
  ) {
    self.url = url
    if let simulated = Simulation.postgres {
      queue = SimulatedPool(queue: simulated.queue(connections: connections, name: name))
      return
    }
    let queue = WorkQueue(bound: maximumWaiting)
    self.queue = queue
    for number in 1...connections {
      let thread = Thread {
        PostgresWorker(
          url: url, name: "\(name)-\(number)", prefersIndexes: prefersIndexes, greeting: greeting
        ).run(queue)
      }
      thread.name = "pg-\(number)"
      thread.stackSize = 1 << 20
      thread.start()
    }
  }

  deinit { queue.close() }

  /// Runs `body` on a connection outside any transaction.
  package func withConnection<R: Sendable>(
    _ body: @escaping @Sendable (PostgresConnection) throws -> R
  ) async throws -> R {
    try Task.checkCancellation()
    return try await withCheckedThrowingContinuation { continuation in
      enqueue { connect in
        continuation.resume(with: Result { try body(connect()) })
      } onRefusal: {
        continuation.resume(throwing: $0)
      }
    }
  }

  /// Runs `body` in a READ COMMITTED transaction; see `Transaction`.
  package func withTransaction<R: Sendable>(
    _ body: @escaping @Sendable (Transaction) throws -> R
  ) async throws -> R {
    try await withConnection { try Transaction.run(on: $0, body) }
  }

  /// Puts `work` into the queue without waiting for it. When it cannot be taken, `onRefusal` says why.
  package func enqueue(
    _ work: @escaping Work,
    onRefusal: (PostgresError) -> Void
  ) {
    switch queue.add(work) {
    case .accepted: break
    case .full: onRefusal(PostgresError(.overloaded, "the queue of the pool is full"))
    case .closed: onRefusal(PostgresError(.closed, "the pool was shut down"))
    }
  }

  /// Finishes the work in the queue, takes no more, and lets the threads end.
  package func shutdown() { queue.close() }
}

/// Work waiting for a connection. Each item is given the means to get one.
private protocol PoolQueue: Sendable {
  func add(_ work: @escaping PostgresPool.Work) -> Admission
  func close()
}

private enum Admission { case accepted, full, closed }

private struct SimulatedPool: PoolQueue {
  let queue: any SimulatedQueue
  func add(_ work: @escaping PostgresPool.Work) -> Admission { queue.add(work) ? .accepted : .closed }
  func close() { queue.close() }
}

private final class WorkQueue: PoolQueue {
  typealias Work = PostgresPool.Work

  private struct State {
    var waiting: [Work] = []
    var head = 0
    var isClosed = false
  }

  private let bound: Int
  private let condition = NSCondition()
  // Only touched while `condition` is locked.
  nonisolated(unsafe) private var state = State()

  init(bound: Int) { self.bound = bound }

  func add(_ work: @escaping Work) -> Admission {
    condition.lock()
    defer { condition.unlock() }
    if state.isClosed { return .closed }
    if state.waiting.count - state.head >= bound { return .full }
    state.waiting.append(work)
    condition.signal()
    return .accepted
  }

  /// Blocks until there is work; nil once the queue is closed and empty.
  func take() -> Work? {
    condition.lock()
    defer { condition.unlock() }
    while state.head == state.waiting.count {
      if state.isClosed { return nil }
      condition.wait()
    }
    let work = state.waiting[state.head]
    state.head += 1
    if state.head == state.waiting.count {
      state.waiting.removeAll(keepingCapacity: true)
      state.head = 0
    } else if state.head > 1_024, state.head * 2 > state.waiting.count {
      state.waiting.removeFirst(state.head)
      state.head = 0
    }
    return work
  }

  func close() {
    condition.lock()
    state.isClosed = true
    condition.broadcast()
    condition.unlock()
  }
}

/// The body of one of the pool's threads: it owns the connection.
private final class PostgresWorker {
  private let url: String
  private let name: String
  private let prefersIndexes: Bool
  private let greeting: String?
  private var connection: PostgresConnection?

  init(url: String, name: String, prefersIndexes: Bool, greeting: String?) {
    self.url = url
    self.name = name
    self.prefersIndexes = prefersIndexes
    self.greeting = greeting
  }

  func run(_ queue: WorkQueue) {
    while let work = queue.take() {
      work { try healthyConnection() }
      if let connection, !connection.isHealthy || connection.isInTransaction { self.connection = nil }
    }
  }

  private func healthyConnection() throws -> PostgresConnection {
    if let connection { return connection }
    let made = try PostgresConnection(
      url: url, applicationName: name, prefersIndexes: prefersIndexes)
    if let greeting { try made.executeScript(greeting) }
    connection = made
    return made
  }
}
