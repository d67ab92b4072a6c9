import Contracts
import Hummingbird
import Pipeline

extension Directory {
  /// The connection of this id and channel. One that is not known is looked for once in what the log has come
  /// to hold meanwhile.
  func connection(_ id: ConnectionID, of channel: Channel) async throws -> KnownConnection {
    func find(_ snapshot: DirectorySnapshot) -> KnownConnection? {
      guard let found = snapshot.connections[id], found.channel == channel, !found.isDisabled else {
        return nil
      }
      return found
    }
    if let found = find(snapshot) { return found }
    if let found = find(try await catchUp()) { return found }
    throw Problem(.unknownConnection, "there is no \(channel.rawValue) connection \(id)")
  }
}

extension KnownConnection {
  var origin: KnownConnectionID { KnownConnectionID(id: id, tenant: tenant, channel: channel) }
}

extension APIContext {
  func connectionID() throws(Problem) -> ConnectionID {
    guard let text = parameters.get("connection"), text.utf8.count == 36, let id = ConnectionID(text) else {
      throw Problem(.unknownConnection, "the connection in the path is not a uuid")
    }
    return id
  }
}
