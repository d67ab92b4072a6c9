import Contracts

/// The adapter of every channel. A new channel is a folder beside this file and a line below.
package struct ChannelAdapters: Sendable {
  private let whatsApp: WhatsAppChannel

  package init(whatsApp: WhatsAppChannel = WhatsAppChannel()) {
    self.whatsApp = whatsApp
  }

  package subscript(_ channel: Channel) -> any ChannelAdapter {
    switch channel {
    case .whatsapp: whatsApp
    case .webchat: WebChatChannel()
    }
  }
}
