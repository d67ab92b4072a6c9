import ArgumentParser

/// What is done to engines, network and Postgres, from outside of them.
enum Fault: String, ExpressibleByArgument, CaseIterable {
  // Engines.
  /// An engine is killed and started anew.
  case killed
  /// An engine stands still past its leases, wherever it was, and goes on.
  case stopped
  /// An engine stands still past its leases just after it has sent work that waits for its COMMIT, and goes on.
  case stoppedInCommit
  case joined, left
  /// The engines' date is set an hour ahead, or back, and to rights again.
  case clockAhead, clockBack

  // The network between engines and Postgres.
  /// Connections are cut just after COMMIT was sent, before or after it arrives.
  case cutAtCommit
  case cutEverywhere
  /// Everything comes late and in pieces.
  case slow
  /// Connections are cut in the middle of what they carry.
  case torn
  /// Nothing passes, and nothing says so.
  case silent
  /// Sessions are ended in Postgres.
  case sessionsEnded

  // Postgres itself.
  case serverStopped
  /// The server stands still past every lease while a COMMIT is on its way to it, and goes on.
  case serverStoppedInCommit
  case backendKilled, postmasterKilled
  /// The server's date is set an hour ahead, or back, and to rights again; meanwhile an engine stands still, which holds
  /// leases until then.
  case serverClockAhead, serverClockBack
  /// There are no connections left.
  case connectionsUsedUp
  case diskFull

  /// Those that need no server of the bench's own.
  static let ofEngines: [Fault] = [
    .killed, .stopped, .stoppedInCommit, .joined, .left, .clockAhead, .clockBack, .cutAtCommit,
    .cutEverywhere, .slow,
    .torn, .silent, .sessionsEnded,
  ]
  static let ofServer: [Fault] = [
    .serverStopped, .serverStoppedInCommit, .backendKilled, .postmasterKilled, .serverClockAhead,
    .serverClockBack, .connectionsUsedUp, .diskFull,
  ]
}
