import Channels
import Mail
import SMTP

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

extension Configuration {
  /// Where mail is taken by SMTP; nil where it is not.
  var smtpListen: (host: String, port: Int)? {
    get throws {
      guard let place = values["AIGENTABLE_SMTP_LISTEN"] else { return nil }
      guard let colon = place.lastIndex(of: ":"), let port = UInt16(place[place.index(after: colon)...])
      else {
        throw ConfigurationError("AIGENTABLE_SMTP_LISTEN is no host:port, such as 127.0.0.1:2525")
      }
      let host = place[..<colon].filter { !"[]".contains($0) }
      return (host.isEmpty ? "0.0.0.0" : host, Int(port))
    }
  }

  /// What the server for mail calls itself.
  var smtpName: String { values["AIGENTABLE_SMTP_NAME"] ?? "aigentable" }

  /// What STARTTLS begins with; where it is set, mail is taken after STARTTLS alone.
  var smtpTLS: TLSContext? {
    get throws {
      switch (values["AIGENTABLE_SMTP_CERTIFICATE"], values["AIGENTABLE_SMTP_KEY"]) {
      case (nil, nil): return nil
      case (let certificate?, let key?): return try TLSContext(certificate: certificate, key: key)
      default:
        throw ConfigurationError("AIGENTABLE_SMTP_CERTIFICATE and AIGENTABLE_SMTP_KEY belong together")
      }
    }
  }
}
