import Channels
import Mail

extension Configuration {
  /// The adapters of all channels, as this installation reaches their platforms.
  var channels: ChannelAdapters {
    ChannelAdapters(
      whatsApp: WhatsAppChannel(baseURL: whatsAppBaseURL),
      messenger: MessengerChannel(baseURL: messengerBaseURL),
      instagram: InstagramChannel(pageURL: messengerBaseURL, accountURL: instagramBaseURL),
      telegram: TelegramChannel(baseURL: telegramBaseURL),
      email: EmailChannel(mail: MailClient(certificateAuthorities: mailAuthorities)))
  }
}
