/// How much one file of descriptors may hold.
///
/// Beyond a limit there is a diagnostic, never a crash.
///
/// | limit | default | why |
/// | --- | --- | --- |
/// | `bytes` | 10 MB | the largest real API definition of the corpus has under 2 MB |
/// | `depth` | 128 | libyaml is quadratic in the depth: 100,000 `[` took it 18 s |
/// | `nodes` | 800,000 | 24 bytes each on the tape, all documents of the file together |
/// | `documents` | 100,000 | empty ones too, which have no node |
/// | `aliasNodes` | 100,000 | what aliases may repeat: nine lines can stand for 10⁹ nodes |
/// | `combiningMarks` | 64 | marks on one character; more makes text that no one can draw |
/// | `complexKeyBytes` | 4,096 | a map or list as a key, written out as text |
/// | `tagDirectives` | 64 | `%TAG` lines; libyaml compares each with all others |
/// | `faults` | 100 | broken documents that are told of; reading stops then |
/// | `repairs` | 200 | places read as Backstage reads them although libyaml would not |
///
/// A line has no limit of its own. A key that has no `? ` before it ends within 1,024 characters,
/// on one line: that is YAML's rule.
package struct DescriptorLimits: Sendable {
    package var bytes = 10_000_000
    package var depth = 128
    package var nodes = 800_000
    package var documents = 100_000
    package var aliasNodes = 100_000
    package var combiningMarks = 64
    package var complexKeyBytes = 4_096
    package var tagDirectives = 64
    package var faults = 100
    package var repairs = 200

    package init() {}
}
