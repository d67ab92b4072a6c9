import Contracts

/// The adapter of every channel. A new channel is a folder beside this file and a line below.
package struct ChannelAdapters: Sendable {
  private let adapters: [Channel: any ChannelAdapter]

  package init(
    whatsApp: WhatsAppChannel = WhatsAppChannel(),
    messenger: MessengerChannel = MessengerChannel(),
    instagram: InstagramChannel = InstagramChannel(),
    telegram: TelegramChannel = TelegramChannel(),
    email: EmailChannel = EmailChannel()
  ) {
    self.init([
      whatsApp,
      messenger,
      instagram,
      telegram,
      email,
      WebChatChannel(),
    ])
  }

  /// Of two adapters of one channel the later counts.
  package init(_ adapters: [any ChannelAdapter]) {
    self.adapters = Dictionary(adapters.map { ($0.channel, $0) }) { _, later in later }
  }

  /// In the order of their words.
  package var channels: [Channel] { adapters.keys.sorted { $0.rawValue < $1.rawValue } }

  /// nil for a channel that is not registered.
  package subscript(channel: Channel) -> (any ChannelAdapter)? { adapters[channel] }

  /// - Throws: `notRegistered` for a channel that this engine has no adapter for: its connections can neither
  ///   receive nor send.
  package func adapter(for channel: Channel) throws(ChannelError) -> any ChannelAdapter {
    guard let adapter = adapters[channel] else {
      throw ChannelError(.notRegistered, "there is no adapter for channel \(channel)")
    }
    return adapter
  }
}
