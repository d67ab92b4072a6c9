/// What a simulation puts in the place of a pool's threads and of a listener's connection.
package protocol SimulatedPostgres: Sendable {
  /// Takes the work of a pool that was made with these arguments.
  func queue(connections: Int, name: String) -> any SimulatedQueue
  /// Where to tell a listener that was made.
  func listen(_ channels: [String], _ onNotification: @escaping @Sendable (String, String) -> Void)
}

package protocol SimulatedQueue: Sendable {
  /// False once it is closed.
  func add(_ work: @escaping PostgresPool.Work) -> Bool
  func close()
}

package enum Simulation {
  /// Set for the root task of a simulated process, and inherited by all that it starts. Nothing else sets it.
  @TaskLocal package static var postgres: (any SimulatedPostgres)?
}
