"""Who gets a seat: asked for, admitted or waiting, offered on, approved, fair to who came."""
