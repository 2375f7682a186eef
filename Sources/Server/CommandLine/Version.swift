/// The version of this program: what `--version` prints; the changelog has the same.
let callboardVersion = "0.1.0"
