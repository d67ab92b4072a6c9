import Foundation
import Postgres

/// Runs seeds on a database that is its own and that holds the engine's schema.
package final class Simulator {
  private let connection: PostgresConnection
  private let home: Home
  /// Removes what runs left in the tables, and in the catalogues.
  private let vacuum: String
  private var runs = 0

  /// After how many runs what they left in the tables is removed: the server does not learn of it.
  private static let runsBetweenVacuums = 100

  /// - Parameter home: where the shipped SQL is.
  package init(url: String, home: Home) throws {
    self.home = home
    let connection = try PostgresConnection(
      url: Self.nearest(url), applicationName: "aigentable-simulation", prefersIndexes: true)
    self.connection = connection
    // A machine that is busy with other things is no reason to end a run.
    try connection.executeScript("set idle_in_transaction_session_timeout = 0; set simulated.locks = '|'")
    try connection.executeScript(String(decoding: PackageResources.simulated_sql, as: UTF8.self))
    vacuum = try connection.execute("select simulated.vacuum()")[0].text(0)
    // Functions with parsed bodies keep to what they found when they were made.
    try connection.executeScript("set search_path = simulated, pg_catalog, public")
    for (_, sql) in try home.sqlFiles(in: "projection") {
      try connection.executeScript(sql)
    }
    try connection.executeScript(
      String(contentsOf: home.folder("schemas/kafka/13_backlog.sql"), encoding: .utf8))
  }

  /// The same server by its Unix-domain socket, where it has one on this machine: TCP takes twice the time.
  private static func nearest(_ url: String) -> String {
    guard var near = URLComponents(string: url), ["127.0.0.1", "localhost"].contains(near.host),
      let far = try? PostgresConnection(url: url),
      let row = try? far.execute(
        """
        select split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'),
          pg_postmaster_start_time()::text
        """)[0], !row.text(0).isEmpty
    else { return url }
    near.host = ""
    near.port = nil
    near.queryItems =
      (near.queryItems ?? []) + [
        URLQueryItem(name: "host", value: row.text(0)), URLQueryItem(name: "port", value: row.text(1)),
      ]
    let isSame = "select pg_postmaster_start_time()::text = $1"
    guard let name = near.string, let there = try? PostgresConnection(url: name),
      (try? there.execute(isSame, [.text(row.text(2))])[0].bool(0)) == true
    else { return url }
    return name
  }

  /// Blocks until the run is over. The same seed gives the same run.
  ///
  /// - Parameter onStep: told every step in words.
  package func run(
    _ seed: UInt64, bug: PlantedBug? = nil, onStep: (@Sendable (String) -> Void)? = nil
  ) throws -> SimulationReport {
    try run(seed, in: bug?.scene ?? SceneKind(seed), bug: bug, onStep: onStep)
  }

  /// The same seed in the scene of a bug, which is not built in: what the bug is found by must not be found then.
  package func control(_ seed: UInt64, of bug: PlantedBug) throws -> SimulationReport {
    try run(seed, in: bug.scene, bug: nil, onStep: nil)
  }

  private func run(
    _ seed: UInt64, in kind: SceneKind, bug: PlantedBug?, onStep: (@Sendable (String) -> Void)?
  ) throws -> SimulationReport {
    runs += 1
    if runs % Self.runsBetweenVacuums == 0 { try connection.executeScript(vacuum) }
    let run = SimulationRun(seed: seed, kind: kind, bug: bug, on: connection, trace: Trace(print: onStep))
    return try run.run(bug, home: home) { try kind.make($0) }
  }
}

/// Which scene a seed plays.
enum SceneKind: Sendable {
  case stages
  /// Stages whose owners stand still in the worst moments.
  case contested
  case relay
  case projection

  init(_ seed: UInt64) {
    switch seed % 8 {
    case 3: self = .projection
    case 7: self = .relay
    // Takes as long as two others: nothing happens in it before a lease has run out.
    case 5: self = .contested
    default: self = .stages
    }
  }

  func make(_ run: SimulationRun) throws -> any Scene {
    switch self {
    case .stages: try StageScene(run, StagePlan(&run.world.numbers))
    case .contested: try StageScene(run, StagePlan(contested: &run.world.numbers))
    case .relay: RelayScene(run)
    case .projection: try ProjectionScene(run)
    }
  }
}
