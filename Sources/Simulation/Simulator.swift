import Foundation
import Postgres

/// Runs seeds on a database that is its own and that holds the engine's schema.
package final class Simulator {
  private let connection: PostgresConnection
  private let home: Home

  /// - Parameter home: where the shipped SQL is.
  package init(url: String, home: Home) throws {
    self.home = home
    connection = try PostgresConnection(
      url: url, applicationName: "aigentable-simulation", prefersIndexes: true)
    try connection.executeScript(String(decoding: PackageResources.simulated_sql, as: UTF8.self))
    // Functions with parsed bodies keep to what they found when they were made.
    try connection.executeScript("set search_path = simulated, pg_catalog, public")
    for (_, sql) in try home.sqlFiles(in: "projection") {
      try connection.executeScript(sql)
    }
  }

  /// Blocks until the run is over. The same seed gives the same run.
  ///
  /// - Parameter onStep: told every step in words.
  package func run(
    _ seed: UInt64, bug: PlantedBug? = nil, onStep: (@Sendable (String) -> Void)? = nil
  ) throws -> SimulationReport {
    let kind = bug?.scene ?? SceneKind(seed)
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
    switch seed % 16 {
    case 3, 11: self = .projection
    case 7, 15: self = .relay
    // Takes as long as three others: nothing happens in it before a lease has run out.
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
