/// Why a call for a page or an Instagram account was refused, as the Messenger Platform says it ("Error codes"): one code
/// for what is wrong with a parameter, and none of WhatsApp's.
struct PagesError: Error, Encodable {
  private struct Body: Encodable {
    let message: String
    let type = "OAuthException"
    let code: Int
    let fbtrace_id = "stand-in"
  }

  let status: Int
  private let error: Body

  private enum CodingKeys: CodingKey { case error }

  init(_ refused: StandInError) {
    let isOfWhatsApp = (131_000...135_999).contains(refused.code) && refused.status == 400
    status = refused.status
    let message =
      switch refused.code {
      // A token that cannot be read is said without its number (Graph API, "Handle errors").
      case 190: "Invalid OAuth access token - Cannot parse access token"
      case _ where isOfWhatsApp || refused.code == 100: "(#100) Param \(refused.details)"
      default: "(#\(refused.code)) \(refused.title)"
      }
    error = Body(
      message: message,
      code: isOfWhatsApp ? 100 : refused.code)
  }
}
