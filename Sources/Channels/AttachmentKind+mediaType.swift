import Contracts

extension AttachmentKind {
  /// What a file is that nothing but its media type tells of. Drawings that can hold scripts are documents.
  package init(mediaType: String) {
    switch mediaType.prefix(while: { $0 != "/" }) {
    case "image": self = mediaType == "image/svg+xml" ? .document : .image
    case "audio": self = .audio
    case "video": self = .video
    default: self = .document
    }
  }
}
