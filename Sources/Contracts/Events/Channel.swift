/// The kind of channel that a connection is of, by its word in events, addresses and settings.
///
/// The set is open: a new channel names itself in its own folder. Whether this engine has an adapter for a channel
/// is known to `ChannelAdapters` alone.
package struct Channel: RawRepresentable, Codable, Sendable, Hashable, CustomStringConvertible {
  /// Of `a-z`, `0-9` and `-`, at most 32 bytes.
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  package var description: String { rawValue }

  package static let whatsapp = Channel(rawValue: "whatsapp")
  package static let messenger = Channel(rawValue: "messenger")
  package static let instagram = Channel(rawValue: "instagram")
  package static let telegram = Channel(rawValue: "telegram")
  package static let email = Channel(rawValue: "email")
  package static let webchat = Channel(rawValue: "webchat")
}

/// How far a message has come at the provider. It never goes backwards: a status of lower `rank` than one
/// already seen changes nothing. `failed` after `sent` counts; after `delivered` it does not.
package enum DeliveryStatus: String, Codable, Sendable, Equatable {
  case sent, failed, delivered, read

  package var rank: Int {
    switch self {
    case .sent: 1
    case .failed: 2
    case .delivered: 3
    case .read: 4
    }
  }
}
