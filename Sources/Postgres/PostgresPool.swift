import Foundation
import Synchronization

/// A fixed number of connections, each on a thread of its own, that take work from one queue in order.
///
/// Of those that are idle always the first is used, so that what comes one after the other has the same: each is a process of
/// the server's, with plans and caches of its own, and in each every page that they share has to be mapped when it first
/// meets it.
///
/// The queue is bounded: beyond `maximumWaiting` callers the next one fails with `.overloaded`. A connection is
/// made when it is first needed and again after it broke; work that meets a dead server fails with
/// `.unavailable` and may be tried again. One of several that the server has ended while it was idle is made again before it
/// is used. A pool of one tells: what its session held is gone.
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
          url: url, name: "\(name)-\(number)", prefersIndexes: prefersIndexes, greeting: greeting,
          isOneOfSeveral: connections > 1
        ).run(queue, as: number)
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
    /// What the threads sleep on that have nothing to do, by their numbers.
    var idle: [Int: DispatchSemaphore] = [:]

    mutating func next() -> Work? {
      guard head < waiting.count else { return nil }
      let work = waiting[head]
      head += 1
      if head == waiting.count {
        waiting.removeAll(keepingCapacity: true)
        head = 0
      } else if head > 1_024, head * 2 > waiting.count {
        waiting.removeFirst(head)
        head = 0
      }
      return work
    }
  }

  private let bound: Int
  private let state = Mutex(State())

  init(bound: Int) { self.bound = bound }

  func add(_ work: @escaping Work) -> Admission {
    let (admission, woken): (Admission, DispatchSemaphore?) = state.withLock { state in
      if state.isClosed { return (.closed, nil) }
      if state.waiting.count - state.head >= bound { return (.full, nil) }
      state.waiting.append(work)
      return (.accepted, state.idle.keys.min().flatMap { state.idle.removeValue(forKey: $0) })
    }
    woken?.signal()
    return admission
  }

  /// Blocks the thread of this number, which sleeps on `sleep`, until there is work; nil once the queue is closed and empty.
  func take(_ number: Int, _ sleep: DispatchSemaphore) -> Work? {
    while true {
      let (work, isOver): (Work?, Bool) = state.withLock { state in
        if let work = state.next() { return (work, false) }
        if !state.isClosed { state.idle[number] = sleep }
        return (nil, state.isClosed)
      }
      if let work { return work }
      if isOver { return nil }
      // Whoever was not idle may have taken meanwhile what this was woken for.
      sleep.wait()
    }
  }

  func close() {
    let woken = state.withLock { state in
      state.isClosed = true
      defer { state.idle = [:] }
      return state.idle.values
    }
    for sleep in woken { sleep.signal() }
  }
}

/// The body of one of the pool's threads: it owns the connection.
private final class PostgresWorker {
  private let url: String
  private let name: String
  private let prefersIndexes: Bool
  private let greeting: String?
  private let isOneOfSeveral: Bool
  private var connection: PostgresConnection?

  init(url: String, name: String, prefersIndexes: Bool, greeting: String?, isOneOfSeveral: Bool) {
    self.url = url
    self.name = name
    self.prefersIndexes = prefersIndexes
    self.greeting = greeting
    self.isOneOfSeveral = isOneOfSeveral
  }

  func run(_ queue: WorkQueue, as number: Int) {
    let sleep = DispatchSemaphore(value: 0)
    while let work = queue.take(number, sleep) {
      work { try healthyConnection() }
      if let connection, !connection.isHealthy || connection.isInTransaction { self.connection = nil }
    }
  }

  private func healthyConnection() throws -> PostgresConnection {
    if let connection, !isOneOfSeveral || (connection.isHealthy && !connection.hasEnded) { return connection }
    let made = try PostgresConnection(
      url: url, applicationName: name, prefersIndexes: prefersIndexes)
    if let greeting { try made.executeScript(greeting) }
    connection = made
    return made
  }
}
