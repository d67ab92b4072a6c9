/// The kinds of channel that a connection can be of.
package enum Channel: String, Codable, Sendable, Hashable, CaseIterable {
  case whatsapp, webchat
}

/// What kind of thing a message is. What a channel sends that is not understood is `unsupported`, kept raw.
package enum MessageKind: String, Codable, Sendable, Equatable {
  case text, unsupported
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
