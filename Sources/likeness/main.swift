internal import LikenessCommands

await LikenessCommand.execute()
